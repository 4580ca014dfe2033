"""What a sentence denies, hopes for, imagines or only cites is no result; what only looks so still is."""

from __future__ import annotations

import io
import re

import pypdfium2 as pdfium
import pytest
from reportlab.pdfgen import canvas

from p2n_ext.agents.offline.extract import extract
from p2n_ext.agents.offline.moods import unfounded
from p2n_ext.documents.pages import DocumentReader

NOT_FOUND = """
No support vector machine has ever achieved an accuracy of #99.9% on Iris.
On the Iris dataset no classifier achieves #99% accuracy.
No model that uses attention has achieved an accuracy of #99%.
There is no model that achieves #99% accuracy.
None of the models reached an accuracy of #95%.
Neither the SVM nor the tree achieves an accuracy of #95%.
The SVM did not achieve an accuracy of #95%.
The SVM did not, however, achieve an accuracy of #95%.
The SVM doesn't reach an accuracy of #99%.
The SVM never reached an accuracy of #95%.
The SVM fails to reach #95% accuracy.
The accuracy is not #99%.
It was trained for a week without ever reaching an accuracy of #90%.
An accuracy of #99% has never been reached.
We hope that future work will achieve an accuracy of #97.5% on Iris.
We expect the model to reach an accuracy of #93%.
We aim to reach an accuracy of #93%.
A random guess would achieve an accuracy of #33.3% on Iris.
With more data the forest could achieve an accuracy of 91.2% and a recall of #90.1%.
Measuring all compounds would return an AUC of #1.0.
We could not reproduce the accuracy of #99%.
It is unlikely that the SVM reaches an accuracy of #99%.
A perfect classifier would, by definition, reach an accuracy of #100%.
An ideal model should have an accuracy of #100%.
An accuracy of #99% would be possible.
The accuracy might be #93%.
The accuracy may reach #93%.
If the labels were random, the accuracy is #10%.
Suppose that a model has an accuracy of #95%.
Training stops if the accuracy is #95%.
We train until the accuracy reaches #95%.
Can a forest achieve an accuracy of #95%?
"""
FOUND = """
Without fine-tuning, the SVM achieves an accuracy of #91%.
The SVM without dropout achieves an accuracy of #91%.
The SVM achieves an accuracy of #91% without dropout.
With no augmentation the SVM achieves an accuracy of #91%.
The SVM needs no labels and achieves an accuracy of #91%.
No tuning was done, and the SVM achieves an accuracy of #91%.
The SVM not only is fast but achieves an accuracy of #91%.
The SVM not only achieves an accuracy of #91% but is fast.
The SVM is no worse than the tree and achieves an accuracy of #91%.
The SVM has an accuracy of #91%, not 93%.
The SVM does not overfit and achieves an accuracy of #91%.
The model has not been tuned and reaches an accuracy of #91%.
We do not use dropout; the accuracy is #91%.
A model that does not use attention achieves an accuracy of #91%.
It was evaluated on a set which has never been released, and achieved #10.7 ppl.
The forest does not achieve good results, reaching only #71.2% accuracy.
The tree could not be trained on this set, the SVM achieves an accuracy of #91%.
The SVM achieves an accuracy of #91%, which has never been reached before.
The SVM achieves an accuracy of #91%, and we hope to reach 95%.
Until now the best accuracy was #91%.
Not surprisingly, the SVM achieves an accuracy of #91%.
If not stated otherwise, the accuracy is #91%.
As expected, the SVM achieves an accuracy of #91%.
The expected calibration error is #2.1%.
The SVM can achieve an accuracy of #91%.
In May 2012 the SVM achieved an accuracy of #91%.
It should be noted that the SVM achieves an accuracy of #91%.
This might be due to noise, but the SVM achieves an accuracy of #91%.
The tree would be slower, whereas the SVM achieves an accuracy of #91%.
The error is #2%, a result that may be improved upon.
If we look at both sets, the SVM has an accuracy of #91%.
The SVM achieves an accuracy of #91% if it is tuned.
"""


def told(marked: str) -> bool:
    """Whether the number behind the # of a sentence is taken for one that was found."""
    at = marked.index("#")
    number = re.match(r"[\d.]*\d%?", marked[at + 1 :])
    assert number
    return not unfounded(marked.replace("#", ""), at, at + number.end())


@pytest.mark.parametrize("sentence", NOT_FOUND.strip().splitlines())
def test_what_is_denied_hoped_for_or_imagined_was_not_found(sentence: str) -> None:
    assert not told(sentence)


@pytest.mark.parametrize("sentence", FOUND.strip().splitlines())
def test_what_such_a_word_does_not_govern_was_found(sentence: str) -> None:
    assert told(sentence)


def claims(*sentences: str) -> list[tuple[str, str, bool | None]]:
    """Method, value and whose it is, for each claim of a short paper on Iris with these sentences as its results."""
    out = io.BytesIO()
    page = canvas.Canvas(out)
    page.setFont("Helvetica-Bold", 12)
    page.drawString(72, 780, "1 Introduction")
    page.drawString(72, 720, "2 Results")
    page.setFont("Helvetica", 9)
    page.drawString(
        72, 765, "We compare a support vector machine with a nearest neighbour rule on the Iris dataset."
    )
    for i, sentence in enumerate(sentences):
        page.drawString(72, 700 - 12 * i, sentence)
    page.save()
    reader = DocumentReader(pdfium.PdfDocument(out.getvalue()))
    list(reader.read())
    return [(c["method"], c["value_printed"], c["own_method"]) for c in extract("p", reader.pages())]


@pytest.mark.parametrize(
    "sentence",
    [
        "No support vector machine has ever achieved an accuracy of 99.9% on the Iris dataset.",
        "We hope that future work will achieve an accuracy of 97.5% on the Iris dataset.",
        "A random guess would achieve an accuracy of 33.3% on the Iris dataset.",
        # who reports is not what was measured
        "Smith et al. [3] report an accuracy of 91.2% on the Iris dataset.",
        "Smith and Jones (2015) obtained an accuracy of 91.2% on the Iris dataset.",
        "Smith [3] reports an accuracy of 91.2% on the Iris dataset.",
        # numbers of other kinds
        "The accuracy of the support vector machine on the Iris dataset was first studied by others [12].",
        "The support vector machine was trained on the Iris dataset with a learning rate of 0.001 for 100 epochs.",
        "We measured the accuracy of the support vector machine on the Iris dataset in 1995 and 2021.",
        "We measured the accuracy on the Iris dataset after 100 epochs with a learning rate of 0.001.",
    ],
)
def test_a_sentence_without_a_result_gives_no_claim(sentence: str) -> None:
    assert claims(sentence) == []


@pytest.mark.parametrize(
    ("sentence", "method"),
    [
        (
            "On the Iris dataset the support vector machine achieves an accuracy of 91.2%.",
            "support vector machine",
        ),
        (
            "The support vector machine can achieve an accuracy of 91.2% on the Iris dataset.",
            "support vector machine",
        ),
        ("Without tuning, the linear forest achieves an accuracy of 91.2% on Iris [12].", "linear forest"),
        ("The linear forest reached an accuracy of 91.2% on Iris in 1995 after 100 epochs.", "linear forest"),
    ],
)
def test_the_method_goes_without_helping_verbs_and_places(sentence: str, method: str) -> None:
    assert [(m, v) for m, v, _ in claims(sentence)] == [(method, "91.2%")]


def test_what_a_cited_author_measured_with_is_the_method_and_not_ours() -> None:
    sentence = "Smith et al. [3] report an accuracy of 91.2% of a support vector machine on the Iris dataset."
    assert claims(sentence) == [("support vector machine", "91.2%", False)]


def test_authors_stand_for_a_method_that_the_paper_says_is_theirs() -> None:
    result = "Smith et al. (2015) report an accuracy of 0.912 on the Iris dataset."
    assert claims(result) == []
    told_before = "Smith et al. (2015) proposed a rule that looks at the widest gap."
    assert claims(told_before, result) == [("Smith et al. (2015)", "0.912", False)]
