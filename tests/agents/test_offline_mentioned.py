"""Which names a text makes data sets, and which it does not."""

from __future__ import annotations

import time
from collections import Counter

import pytest

from p2n_ext.agents.offline.leanings import Leanings
from p2n_ext.agents.offline.mentioned import may_be_dataset, mentioned, one_spelling
from p2n_ext.agents.offline.sentences import LONGEST, Block, Heading


def names(body: str, title: str = "A Study") -> set[str]:
    return set(mentioned(body, title, Leanings(body).of).datasets)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("We use the Cora, Citeseer and Pubmed data sets. Cora is small. Citeseer and Pubmed.", "Citeseer"),
        ("We use three benchmarks such as RTE [3], MRPC [4] and CoLA [5].", "MRPC"),
        ("The agent learns in the LunarLander environment. LunarLander is solved.", "LunarLander"),
        ("2 Experiments The LunarLander environment is known. LunarLander is hard.", "LunarLander"),
        ("We predict daily returns of the SPY ETF. The SPY ETF is liquid.", "SPY ETF"),
        ("Results on Flickr8K. This data set is small. The Flickr8K data set is known.", "Flickr8K"),
    ],
)
def test_a_text_names_its_data_sets(body: str, expected: str) -> None:
    assert expected in names(body)
    assert not any(n.endswith((" The", " This")) or ". " in n for n in names(body))


@pytest.mark.parametrize(
    "body",
    [
        "As Glass et al. say. James Glass found it. Glass (2019) again.",
        "In the 33rd Conference on Computer Vision. See the Conference on Computer Vision.",
        "We test on ResNet-101 and on ResNet-101 again.",
        "We report it on GNNs and the GNNs data. On GNNs it fails.",
        "Cross-lingual data are rare, cross-lingual models are not, cross-lingual they stay.",
    ],
)
def test_authors_meetings_and_machines_are_no_data_sets(body: str) -> None:
    assert not names(body)


def test_a_piece_of_the_title_is_no_data_set() -> None:
    assert not may_be_dataset("Channel Attention", "", "Emphasized Channel Attention for Speech")
    assert may_be_dataset("VoxCeleb", "", "VoxCeleb: Speakers in the Wild")


def test_one_spelling_stands_for_all() -> None:
    datasets, aliases = Counter({"NIST SRE 2012": 6, "NISTSRE 2012": 3, "COCO": 2}), dict[str, str]()
    one_spelling(datasets, aliases)
    assert aliases == {"NISTSRE 2012": "NIST SRE 2012"}
    assert datasets["NIST SRE 2012"] == 9


def test_text_without_a_full_stop_is_cut() -> None:
    text = "accuracy of 91.2% and " * 3000
    block = Block(1, Heading(), [], [], text, [])
    began = time.perf_counter()
    pieces = list(block.sentences())
    assert time.perf_counter() - began < 2
    assert all(0 < end - start <= LONGEST for start, end in pieces)
    assert "".join(text[a:b] for a, b in pieces).replace(" ", "") == text.replace(" ", "")
