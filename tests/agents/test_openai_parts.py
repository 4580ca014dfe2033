"""The small parts of the model's reader."""

from __future__ import annotations

import json
import random
import subprocess
import sys

import pytest

from p2n_ext.agents.likeness import Text, likeness, stands_in
from p2n_ext.agents.openai import DEFAULT_PRICES, Price, price_table
from p2n_ext.agents.openai.answer_schema import SCHEMA, Proposal, problem_of
from p2n_ext.agents.openai.capabilities import capabilities_of
from p2n_ext.agents.openai.faults import redacted, shown_url
from p2n_ext.agents.openai.partial_json import ClaimsParser
from p2n_ext.agents.openai.prices import price_of
from p2n_ext.agents.openai.request import Message, Request
from p2n_ext.agents.openai.retrieval import pages_for_prompt
from p2n_ext.agents.openai.spending import tokens_at_most
from p2n_ext.protocols import PageLayout
from tests.agents.openai_reading import RIGHT, answer, proposal

NASTY = [
    proposal("1.0", 'a "quoted" {method] \\', "b, [c} \u2014 d"),
    proposal("2.0", "}{][", None, label="\n\t"),
    *RIGHT,
]


def test_claims_are_given_as_soon_as_their_brace_closes_however_the_text_is_cut() -> None:
    text = json.dumps({"claims": NASTY[:1] + NASTY[2:]}, ensure_ascii=False, indent=1)
    whole = ClaimsParser().feed(text)
    assert [p.value_printed for p in whole] == ["1.0", "74.63", "96.30", "94.39", "97.31"]
    chance = random.Random(7)
    for _ in range(50):
        parser, found, rest = ClaimsParser(), [], text
        while rest:
            size = chance.randint(1, 60)
            found += parser.feed(rest[:size])
            rest = rest[size:]
        assert found == whole
    parser = ClaimsParser()
    first = text.index("}", text.index("page"))
    assert parser.feed(text[:first]) == []
    assert len(parser.feed(text[first : first + 1])) == 1


@pytest.mark.parametrize(
    "text", ["", "no", "}" * 50, "[" * 5000, '{"claims": [{"a": 1}, 3, {]}', '{"claims": [{' + '"a' * 20000]
)
def test_what_is_no_answer_gives_no_claims_and_is_named_as_a_problem(text: str) -> None:
    assert ClaimsParser().feed(text) == []
    assert problem_of(text)


def test_the_schema_is_closed_and_says_what_the_check_asks_for() -> None:
    item = SCHEMA["properties"]["claims"]["items"]
    assert item["additionalProperties"] is False
    assert set(item["required"]) == set(item["properties"]) == set(Proposal.model_fields)
    assert problem_of(answer()) is None
    assert problem_of("```json\n" + answer() + "\n```") is None
    assert "value_printed" in str(problem_of(answer(RIGHT[0] | {"value_printed": 74.63})))
    assert "extra" in str(problem_of(answer(RIGHT[0] | {"invented": 1}))).lower()


def test_models_are_sent_only_what_they_take() -> None:
    def body(model: str) -> dict[str, object]:
        store = "vs_1" if capabilities_of(model).tools else None
        return Request(model, capabilities_of(model), "Read.", (Message("user", "x"),), store).body()

    assert body("gpt-4o-mini")["temperature"] == 0
    assert body("gpt-4o-mini")["tools"] == [
        {"type": "file_search", "vector_store_ids": ["vs_1"], "max_num_results": 10}
    ]
    for model in ("o1", "o3-mini", "o4-mini", "gpt-5-nano", "some-local-model"):
        assert "temperature" not in body(model)
        assert "text" in body(model)
    early = body("o1-mini")
    assert not {"temperature", "tools", "text", "instructions", "max_tool_calls"} & set(early)
    assert [m["role"] for m in early["input"]] == ["user", "user"]  # type: ignore[attr-defined]
    for model in ("gpt-4o-mini", "o1-mini"):
        assert not {"text_format", "response_format", "tool_resources"} & set(body(model))


def test_prices_are_overridden_by_name_and_hold_for_dated_snapshots() -> None:
    table = price_table({"mine": {"input": 1, "output": 2}, "gpt-4o": {"input": 9, "cached": 1, "output": 9}})
    assert table["mine"] == Price(input=1, cached=1, output=2)
    assert price_of("gpt-4o-2024-08-06", table) == Price(input=9, cached=1, output=9)
    assert price_of("gpt-4o-mini-2024-07-18", table) == DEFAULT_PRICES["gpt-4o-mini"]
    assert price_of("gpt-4o-large", table) is None
    assert price_table({"file_search": {"call": 1}})["file_search"].call == 1
    for wrong in ({"x": {"input": 1}}, {"x": {"input": -1, "output": 1}}, {"x": {"input": "1", "output": 1}}):
        with pytest.raises(ValueError, match="price"):
            price_table(wrong)  # type: ignore[arg-type]


def pages(texts: list[str]) -> list[PageLayout]:
    return [PageLayout(n, 600, 800, t, (), ()) for n, t in enumerate(texts, 1)]


def test_all_pages_that_fit_go_into_the_prompt_else_the_first_and_those_about_results() -> None:
    few = pages(["Abstract", "Results: accuracy 93.1"])
    assert [n for n, _ in pages_for_prompt(few, 1000)] == [1, 2]
    filler = "The lemma follows from the theorem by induction on the length of the word. " * 12
    texts = [filler] * 60
    texts[41] = "Table 5: test accuracy and error of each method against the baseline on the dataset. " * 11
    chosen = pages_for_prompt(pages(texts), 3000)
    assert [n for n, _ in chosen][:1] == [1]
    assert 42 in [n for n, _ in chosen]
    assert sum(len(t) for _, t in chosen) <= 3000


def test_secrets_are_taken_out_of_what_a_provider_says() -> None:
    key = "sk-p2n-planted-4f1c9d7ewxyq"
    said = f"Incorrect API key provided: {key}. Also sk-p2n-pl*********wxyq, Bearer {key} and abcd****wxyz."
    clean = redacted(said, key)
    for secret in (key, "sk-p2n", "wxyq", "abcd", "wxyz"):
        assert secret not in clean
    assert shown_url("https://me:word@host.example:8443/v1/?key=abc#x") == "https://host.example:8443/v1/"


def test_names_are_alike_by_their_words() -> None:
    assert likeness("DenseNet-BC (k = 24)", "DenseNet-BC (k=24)") == 1
    assert likeness("RAE", "RAE (Socher et al., 2011)") == 1
    assert likeness("CIFAR-10", "C10") == likeness("C10+", "CIFAR-10+") > 0.6
    assert likeness("CIFAR-10", "C100") == 0
    assert likeness("accuracy", "Acc.") > 0.6
    assert likeness("CNN-static", "CNN-non-static") < likeness("CNN-static", "CNN-static")
    assert likeness("24", "k = 24") == 0
    text = Text(["The classi-\nfication error of Dense Net is low."])
    assert stands_in("classification error", text)
    assert stands_in("DenseNet", text)
    assert not stands_in("net is high", text)


def test_neither_the_sdk_nor_a_second_of_time_is_spent_when_the_package_is_imported() -> None:
    code = "import sys, p2n_ext.agents.openai, p2n_ext.agents.combined; print('openai' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "False"


def test_a_request_does_without_what_a_server_refuses_but_never_without_a_bound() -> None:
    able = capabilities_of("gpt-4o-mini")
    pages_ = Request("gpt-4o-mini", able, "Read.", (Message("user", "the pages"),), None)
    request = Request("gpt-4o-mini", able, "Search.", (Message("user", "x"),), "vs_1", instead=pages_)
    plainer = request.leaving_out("temperature")
    assert plainer is not None
    assert "temperature" not in plainer.body()
    assert plainer.leaving_out("temperature") is None
    assert plainer.leaving_out("input") is None
    unsearched = plainer.followed_by(Message("user", "more")).leaving_out("max_tool_calls")
    assert unsearched is not None
    assert "tools" not in unsearched.body()
    assert "temperature" not in unsearched.body()
    assert [m.text for m in unsearched.messages] == ["the pages", "more"]
    assert unsearched.bound().searches == 0


def test_the_bound_holds_for_text_of_which_every_byte_is_a_token() -> None:
    text = "\U0001f9ec7%" * 100
    assert tokens_at_most(text) == len(text.encode())
