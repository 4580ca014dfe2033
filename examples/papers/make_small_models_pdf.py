"""Set the second sample paper from small_models_results.json: `python make_small_models_pdf.py`, the same bytes each time."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from make_pdf import (
    AUTHOR,
    BODY,
    HEADING,
    INDENT,
    REFERENCE,
    TITLE_STYLE,
    booktabs,
    captioned,
    typeset,
)
from reportlab.platypus import Flowable, FrameBreak, NextPageTemplate, Paragraph, Spacer

NAME = "small_models_2026.pdf"
TITLE = "Small Models on Small Data: Penguin Body Mass and Handwritten Digits under Cross-Validation"

REFERENCES = [
    "K. Gorman, T. Williams and W. Fraser. Ecological sexual dimorphism and environmental variability within a community "
    "of Antarctic penguins (genus Pygoscelis). PLoS ONE, 9(3):e90081, 2014.",
    "A. Horst, A. Hill and K. Gorman. palmerpenguins: Palmer Archipelago (Antarctica) penguin data, 2020. "
    "doi:10.5281/zenodo.3960218.",
    "E. Alpaydin and C. Kaynak. Optical Recognition of Handwritten Digits. UCI Machine Learning Repository, 1998. "
    "doi:10.24432/C50P49.",
    "F. Pedregosa et al. Scikit-learn: Machine learning in Python. Journal of Machine Learning Research, "
    "12:2825–2830, 2011.",
    "A. Paszke et al. PyTorch: An imperative style, high-performance deep learning library. NeurIPS, 2019.",
    "S. Ioffe and C. Szegedy. Batch normalization: Accelerating deep network training by reducing internal covariate "
    "shift. ICML, 2015.",
    "N. Srivastava et al. Dropout: A simple way to prevent neural networks from overfitting. Journal of Machine Learning "
    "Research, 15:1929–1958, 2014.",
    "Y. Bengio and Y. Grandvalet. No unbiased estimator of the variance of k-fold cross-validation. Journal of Machine "
    "Learning Research, 5:1089–1105, 2004.",
]


def story(data: dict[str, Any]) -> list[Flowable]:
    """The paper's flowables; every result in it is taken from `data`."""
    results = data["results"]
    regressors = [method for method in results if "rmse" in results[method]]
    networks = [method for method in results if "accuracy" in results[method]]

    def mean(method: str, metric: str) -> str:
        digits = {"rmse": 1, "r2": 3, "accuracy": 2}[metric]
        return f"{results[method][metric]['mean']:.{digits}f}"

    def cell(method: str, metric: str) -> str:
        digits = {"rmse": 1, "r2": 3, "accuracy": 2}[metric]
        return f"{mean(method, metric)} ± {results[method][metric]['sd']:.{digits}f}"

    best = min(regressors, key=lambda method: float(results[method]["rmse"]["mean"]))
    repeats, folds = data["repeats"], data["folds"]
    return [
        Paragraph(TITLE, TITLE_STYLE),
        Spacer(1, 3),
        Paragraph("The P2N contributors", AUTHOR),
        FrameBreak(),
        NextPageTemplate("later"),
        Paragraph("Abstract", HEADING),
        Paragraph(
            "We report how well plain regressors predict the body mass of penguins from three measurements, and how well "
            f"very small networks read handwritten digits, both under repeated {folds}-fold cross-validation. On the Penguin "
            f"body mass data the lowest RMSE, {mean(best, 'rmse')} g, is that of {best}. On Digits the widest of "
            "three networks is the most accurate.",
            BODY,
        ),
        Paragraph("1 Introduction", HEADING),
        Paragraph(
            "Small data sets are where most people begin, and where a single split of the data misleads most. This note "
            "gives figures for two of them under one protocol, so that anyone can check them on a laptop in minutes. "
            "It proposes no new method.",
            BODY,
        ),
        Paragraph("2 Data", HEADING),
        Paragraph(
            "We use the Penguin body mass data of the Palmer penguins [1, 2]: from bill length, bill depth and flipper "
            "length, all in millimetres, the body mass in grams is to be predicted. The two birds without measurements "
            "are left out. We also use the Digits data [3], images of handwritten digits of 8 × 8 pixels, as the 1,797 "
            "samples that are bundled with scikit-learn [4]. Table 1 gives the sizes.",
            BODY,
        ),
        captioned(
            "Table 1: The data sets.",
            booktabs(
                [
                    ["Data set", "Samples", "Features", "Task"],
                    ["Penguin body mass", str(data["penguins"]), "3", "regression"],
                    ["Digits", f"{data['digits']:,}", "64", "10 classes"],
                ],
                [92, 48, 48, 56],
            ),
        ),
        Paragraph("3 Methods", HEADING),
        Paragraph(
            "For the body mass we compare linear regression, the k-nearest-neighbour rule (k-NN) with Euclidean distance "
            "for k = 5, and a random forest of 50 trees. All other settings are the defaults of scikit-learn. No setting "
            "was tuned.",
            BODY,
        ),
        Paragraph(
            "For the digits we train multilayer perceptrons (MLP) in PyTorch [5] with one hidden layer of 16, 32 or 64 "
            "units. Each MLP uses ReLU activations, batch normalization [6] and dropout of 0.2 [7] behind the hidden "
            "layer. Each MLP is trained for 15 epochs with Adam, a learning rate of 0.01 and a batch size of 64.",
            INDENT,
        ),
        Paragraph(
            "Features are standardised to zero mean and unit variance for all methods; mean and variance are computed on "
            "the training part only.",
            INDENT,
        ),
        Paragraph("4 Protocol", HEADING),
        Paragraph(
            f"All figures come from {folds}-fold cross-validation with shuffled data, stratified by class for Digits. This is "
            f"repeated {repeats} times with different shuffles. A repetition's figure is the mean over its {folds} test "
            f"folds, and we report the mean and the sample standard deviation over the {repeats} repetitions. RMSE is the root "
            "mean squared error, R2 the coefficient of determination, accuracy the percentage of test samples "
            "classified correctly.",
            BODY,
        ),
        Paragraph("5 Results", HEADING),
        Paragraph(
            f"Table 2 gives the errors on the body mass. {best} does best; linear regression is "
            f"{float(mean('Linear regression', 'rmse')) - float(mean(best, 'rmse')):.1f} g behind, which tells that the mass "
            "does not depend on the measurements in one straight line.",
            BODY,
        ),
        captioned(
            "Table 2: Test RMSE (g) and R2 on Penguin body mass, mean ± standard deviation over "
            f"{repeats} repetitions of {folds}-fold cross-validation.",
            booktabs(
                [["Method", "RMSE", "R2"], *([m, cell(m, "rmse"), cell(m, "r2")] for m in regressors)],
                [92, 66, 66],
            ),
        ),
        Paragraph(
            "Table 3 gives the accuracies on Digits. More hidden units help, by less and less.",
            BODY,
        ),
        captioned(
            f"Table 3: Test accuracy (%) on Digits, mean ± standard deviation over {repeats} repetitions of "
            f"{folds}-fold cross-validation.",
            booktabs([["Method", "Accuracy"], *([m, cell(m, "accuracy")] for m in networks)], [92, 66]),
        ),
        Paragraph("6 Discussion", HEADING),
        Paragraph(
            "The standard deviations are over shuffles of the same data: they say how much a figure depends on the folds, "
            "not how the methods would do on other penguins or other people's handwriting, and no unbiased estimate of "
            "the variance of cross-validation exists [8]. The penguins' species and sex, which are known, would predict their "
            "mass better than the measurements alone; they were left out to keep the features to one kind.",
            BODY,
        ),
        Paragraph("References", HEADING),
        *(Paragraph(f"[{i}] {text}", REFERENCE) for i, text in enumerate(REFERENCES, 1)),
    ]


def make(results: dict[str, Any], target: Path) -> None:
    """Write the PDF. Raises KeyError where `results` lacks a figure."""
    typeset(TITLE, story(results), target)


def main() -> None:
    here = Path(__file__).parent
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else here / NAME
    make(json.loads((here / "small_models_results.json").read_text(encoding="utf-8")), target)


if __name__ == "__main__":
    main()
