"""What a cell shows, in a few lines of text; figures and numbers as such."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from ray_runner.guest.outputs import (
    MAX_FIGURES,
    MAX_NOTEBOOK_NUMBERS,
    METRIC,
    SUMMARY_LINES,
    Display,
    summary,
)

PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 1226


class Frames:
    def __init__(self) -> None:
        self.sent: list[tuple[str, dict[str, Any]]] = []
        self.artifacts: dict[str, bytes] = {}

    def send(self, kind: str, payload: dict[str, Any]) -> None:
        self.sent.append((kind, payload))

    def send_artifact(self, name: str, data: bytes) -> None:
        self.artifacts[name] = data


@pytest.fixture
def shown() -> tuple[Display, Frames, list[str]]:
    told: list[str] = []
    frames = Frames()
    return Display(frames, told.extend), frames, told  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        ({"text/plain": "   a\n0  1", "text/html": "<table>"}, ["   a", "0  1"]),
        ({"text/html": "<b>x</b>" * 1000}, ["[text/html, 8.0 kB]"]),
        ({"text/html": "<b>", "text/plain": "<IPython.core.display.HTML object>"}, ["[text/html, 3 bytes]"]),
        ({"text/markdown": "# Head", "text/plain": "<IPython.core.display.Markdown object>"}, ["# Head"]),
        ({"image/jpeg": "x" * 2500, "text/plain": "<IPython.core.display.Image object>"}, ["[image/jpeg, 2.5 kB]"]),
        ({"application/vnd.jupyter.widget-view+json": {"model_id": "1"}, "text/plain": "Box()"}, ["Box()"]),
        ({"application/json": {"a": 1}}, ["[application/json, 8 bytes]"]),
        ({}, []),
    ],
)  # fmt: skip
def test_a_bundle_in_words(data: dict[str, Any], lines: list[str]) -> None:
    assert summary(data) == lines


def test_of_a_long_text_the_head_is_shown_and_the_rest_counted() -> None:
    lines = summary({"text/plain": "\n".join(f"row {number}" for number in range(1000))})
    assert lines == [
        *(f"row {number}" for number in range(SUMMARY_LINES)),
        f"[{1000 - SUMMARY_LINES} lines more]",
    ]


def test_what_can_be_large_is_bounded() -> None:
    assert sum(map(len, summary({"text/plain": "x" * 10_000_000}))) < 10_000
    assert len(summary({f"application/x-{number}": "" for number in range(1000)})) <= SUMMARY_LINES


def test_a_figure_is_named_with_its_size(shown: tuple[Display, Frames, list[str]]) -> None:
    display, frames, told = shown
    data = {"image/png": base64.b64encode(PNG).decode(), "text/plain": "<Figure size 640x480 with 1 Axes>"}
    assert display.show(data)
    assert told == ["[image/png, 1.2 kB → figure-01.png]"]
    assert frames.artifacts == {"figure-01.png": PNG}


def test_figures_beyond_the_bound_are_told_of_once(shown: tuple[Display, Frames, list[str]]) -> None:
    display, frames, told = shown
    for _ in range(MAX_FIGURES + 5):
        display.show({"image/png": base64.b64encode(PNG).decode()})
    assert len(frames.artifacts) == MAX_FIGURES
    assert [line for line in told if "not kept" in line] == [
        "[image/png, 1.2 kB, not kept: a run keeps 20 figures, and so for all that follow]"
    ]
    assert len(told) == MAX_FIGURES + 5


@pytest.mark.parametrize("image", ["%%%", None, 1, "é"])
def test_an_image_that_is_none_is_said_to_be_that(
    shown: tuple[Display, Frames, list[str]], image: object
) -> None:
    display, frames, told = shown
    display.show({"image/png": image})
    assert told == ["[image/png that can't be read]"]
    assert frames.artifacts == {}


def test_numbers_go_to_the_worker_and_only_the_first_stay_in_the_notebook(
    shown: tuple[Display, Frames, list[str]],
) -> None:
    display, frames, told = shown
    kept = [
        display.show({METRIC: {"name": "loss", "value": 1.0, "step": step}, "text/plain": "loss"})
        for step in range(MAX_NOTEBOOK_NUMBERS + 500)
    ]
    assert kept == [True] * MAX_NOTEBOOK_NUMBERS + [False] * 500
    assert [payload["step"] for kind, payload in frames.sent if kind == "metric_update"] == list(range(1500))
    assert told == []
    assert display.show({"text/plain": "still shown"})


@pytest.mark.parametrize("content", ["no json", [1], None, '"text"'])
def test_a_metric_that_is_no_object_reaches_the_worker_which_says_so(
    shown: tuple[Display, Frames, list[str]], content: object
) -> None:
    display, frames, _ = shown
    display.show({METRIC: content})
    assert frames.sent == [("metric_update", {})]
