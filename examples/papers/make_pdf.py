"""Set the sample paper from results.json: `python make_pdf.py` writes standardisation_2026.pdf, the same bytes each time."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    FrameBreak,
    KeepTogether,
    NextPageTemplate,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
    TableStyle,
)

NAME = "standardisation_2026.pdf"
TITLE = "What Standardisation Buys: Nine Simple Classifiers on Two Small Data Sets"

MARGIN, GUTTER, HEAD = 18 * mm, 7 * mm, 21 * mm
COLUMN = (A4[0] - 2 * MARGIN - GUTTER) / 2

BODY = ParagraphStyle("body", fontName="Times-Roman", fontSize=9.6, leading=11.7, alignment=TA_JUSTIFY)
INDENT = ParagraphStyle("indent", parent=BODY, firstLineIndent=9)
HEADING = ParagraphStyle(
    "heading", fontName="Times-Bold", fontSize=11, leading=13.5, spaceBefore=7, spaceAfter=3
)
CAPTION = ParagraphStyle("caption", parent=BODY, fontSize=8.8, leading=10.6, spaceBefore=5, spaceAfter=3)
REFERENCE = ParagraphStyle(
    "reference", parent=BODY, fontSize=8.6, leading=10.3, leftIndent=14, firstLineIndent=-14
)
TITLE_STYLE = ParagraphStyle("title", fontName="Times-Bold", fontSize=14.6, leading=19, alignment=TA_CENTER)
AUTHOR = ParagraphStyle("author", fontName="Times-Roman", fontSize=10.5, leading=14, alignment=TA_CENTER)

REFERENCES = [
    "S. Aeberhard and M. Forina. Wine. UCI Machine Learning Repository, 1992. doi:10.24432/C5PC7J.",
    "W. Wolberg, O. Mangasarian, N. Street and W. Street. Breast Cancer Wisconsin (Diagnostic). "
    "UCI Machine Learning Repository, 1993. doi:10.24432/C5DW2B.",
    "F. Pedregosa et al. Scikit-learn: Machine learning in Python. Journal of Machine Learning Research, "
    "12:2825–2830, 2011.",
    "T. Cover and P. Hart. Nearest neighbor pattern classification. IEEE Transactions on Information Theory, "
    "13(1):21–27, 1967.",
    "C. Cortes and V. Vapnik. Support-vector networks. Machine Learning, 20(3):273–297, 1995.",
    "L. Breiman. Random forests. Machine Learning, 45(1):5–32, 2001.",
    "C. Nadeau and Y. Bengio. Inference for the generalization error. Machine Learning, 52(3):239–281, 2003.",
]


def booktabs(rows: list[list[str]], widths: list[float]) -> Table:
    """A table with three rules and no others."""
    table = Table(rows, colWidths=widths, rowHeights=[11.6] * len(rows), hAlign="CENTER")
    table.setStyle(
        TableStyle(
            [
                ("FONT", (0, 0), (-1, -1), "Times-Roman", 8.8),
                ("FONT", (0, 0), (-1, 0), "Times-Bold", 8.8),
                ("ALIGN", (1, 0), (-1, -1), "CENTER"),
                ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
                ("TOPPADDING", (0, 0), (-1, -1), 0),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 1.5),
                ("LINEABOVE", (0, 0), (-1, 0), 0.9, "black"),
                ("LINEBELOW", (0, 0), (-1, 0), 0.5, "black"),
                ("LINEBELOW", (0, -1), (-1, -1), 0.9, "black"),
            ]
        )
    )
    return table


def captioned(caption: str, table: Table) -> KeepTogether:
    return KeepTogether([Paragraph(caption, CAPTION), table, Spacer(1, 6)])


def story(results: dict[str, Any]) -> list[Flowable]:
    """The paper's flowables; every result in it is taken from `results`."""
    wine, wdbc = results["results"]["Wine"], results["results"]["WDBC"]
    methods: list[str] = [method for method in wine if "accuracy" in wine[method]]
    distances = [method for method in wine if "error" in wine[method]]

    def mean(data: dict[str, Any], method: str, metric: str = "accuracy") -> str:
        return f"{data[method][metric]['mean']:.2f}"

    def cell(data: dict[str, Any], method: str, metric: str = "accuracy") -> str:
        return f"{mean(data, method, metric)} ± {data[method][metric]['sd']:.2f}"

    def best(data: dict[str, Any]) -> str:
        return max(methods, key=lambda method: float(data[method]["accuracy"]["mean"]))

    best_wine, best_wdbc = best(wine), best(wdbc)

    def named(method: str) -> str:
        """The method as it stands inside a sentence: proper names and abbreviations keep their capital."""
        keeps_capital = method.startswith(("Gaussian", "RBF"))
        return method if keeps_capital else method[0].lower() + method[1:]

    out: list[Flowable] = [
        Paragraph(TITLE, TITLE_STYLE),
        Spacer(1, 3),
        Paragraph("The P2N contributors", AUTHOR),
        FrameBreak(),
        NextPageTemplate("later"),
        Paragraph("Abstract", HEADING),
        Paragraph(
            "We measure how much putting features on a common scale changes the test accuracy of simple classifiers. "
            "Nine classifiers are compared on the Wine and the Wisconsin Diagnostic Breast Cancer (WDBC) data sets "
            "over 20 random splits. On Wine, standardisation raises the accuracy of the 1-nearest-neighbour rule "
            f"from {mean(wine, '1-NN, raw')}% to {mean(wine, '1-NN')}%. On WDBC the highest accuracy, "
            f"{mean(wdbc, best_wdbc)}%, is that of {named(best_wdbc)}. The differences among the better "
            "methods are smaller than the spread over splits.",
            BODY,
        ),
        Paragraph("1 Introduction", HEADING),
        Paragraph(
            "Distances add up differences over features, so a feature that is measured in large units outweighs "
            "the others. The nearest-neighbour rule [4] is the plainest case: its predictions change when one "
            "feature is given in grams and not in kilograms. Text books therefore advise to standardise, yet how "
            "much this buys on a given data set is seldom reported, and a single split says little on data of "
            "this size [7].",
            BODY,
        ),
        Paragraph(
            "This note gives the numbers for two classic data sets that come with scikit-learn [3], so that "
            "anyone can check them. It proposes no new method.",
            INDENT,
        ),
        Paragraph("2 Data", HEADING),
        Paragraph(
            "Wine [1] holds the results of a chemical analysis of wines from three cultivars. WDBC [2] holds features "
            "of cell nuclei computed from images of fine needle aspirates of breast masses; a mass is malignant or "
            "benign. We use all samples and all features of both as they are bundled with scikit-learn. Table 1 "
            "gives their sizes. In Wine the largest feature values are in the thousands and the smallest below one.",
            BODY,
        ),
        captioned(
            "Table 1: The data sets.",
            booktabs(
                [
                    ["Data set", "Samples", "Features", "Classes"],
                    ["Wine", "178", "13", "3"],
                    ["WDBC", "569", "30", "2"],
                ],
                [62, 48, 48, 48],
            ),
        ),
        Paragraph("3 Methods", HEADING),
        Paragraph(
            "We compare the k-nearest-neighbour rule (k-NN) with Euclidean distance for k = 1 and k = 5 [4], Gaussian naive "
            "Bayes, logistic regression with an L2 penalty and C = 1, a linear support vector machine [5] with squared "
            "hinge loss and C = 1, a support vector machine with an RBF kernel, C = 1 and gamma set to “scale”, "
            "and a random forest [6] of 50 trees. All other settings are the defaults of scikit-learn. No setting "
            "was tuned.",
            BODY,
        ),
        Paragraph(
            "Features are standardised to zero mean and unit variance; mean and variance are computed on the "
            "training part only. The random forest is trained on raw features. The two rows marked “raw” "
            "are the nearest-neighbour rules without standardisation. In a second experiment the Euclidean (L2) "
            "distance is replaced by the Manhattan (L1) distance.",
            INDENT,
        ),
        Paragraph("4 Protocol", HEADING),
        Paragraph(
            "The data are split at random into 70% for training and 30% for testing, stratified by class. This is "
            "repeated 20 times, and we report the mean and the sample standard deviation over the 20 splits. "
            "Accuracy is the percentage of test samples classified correctly. For WDBC we also report sensitivity "
            "and specificity, with malignant as the positive class.",
            BODY,
        ),
        Paragraph("5 Results", HEADING),
        Paragraph(
            "Table 2 gives the test accuracies. Without standardisation the nearest-neighbour rules do poorly on Wine: "
            f"5-NN reaches {mean(wine, '5-NN, raw')}% on raw features and {mean(wine, '5-NN')}% on standardised "
            f"ones. On WDBC the gain is smaller, from {mean(wdbc, '5-NN, raw')}% to {mean(wdbc, '5-NN')}%. "
            f"The best mean accuracy on Wine, {mean(wine, best_wine)}%, is that of {named(best_wine)}.",
            BODY,
        ),
        captioned(
            "Table 2: Test accuracy (%) on both data sets, mean ± standard deviation over 20 random splits.",
            booktabs(
                [["Method", "Wine", "WDBC"], *([m, cell(wine, m), cell(wdbc, m)] for m in methods)],
                [92, 66, 66],
            ),
        ),
        Paragraph(
            "Table 3 gives sensitivity and specificity on WDBC. All methods recognise benign masses better than "
            "malignant ones, which accuracy alone does not show.",
            BODY,
        ),
        captioned(
            "Table 3: Sensitivity and specificity (%) on the WDBC test data, mean ± standard deviation over 20 "
            "random splits; the positive class is malignant.",
            booktabs(
                [
                    ["Method", "Sensitivity", "Specificity"],
                    *([m, cell(wdbc, m, "sensitivity"), cell(wdbc, m, "specificity")] for m in methods),
                ],
                [92, 66, 66],
            ),
        ),
        Paragraph(
            "Table 4 compares the two distances on standardised features, now as error rates. On WDBC the 1-NN error "
            f"is {mean(wdbc, '1-NN, Euclidean', 'error')}% with the Euclidean and "
            f"{mean(wdbc, '1-NN, Manhattan', 'error')}% with the Manhattan distance; on Wine it is "
            f"{mean(wine, '1-NN, Euclidean', 'error')}% and {mean(wine, '1-NN, Manhattan', 'error')}%.",
            BODY,
        ),
        captioned(
            "Table 4: Test error rate (%) of the nearest-neighbour rules on standardised features by distance, mean "
            "± standard deviation over 20 random splits.",
            booktabs(
                [
                    ["Method", "Wine", "WDBC"],
                    *([m, cell(wine, m, "error"), cell(wdbc, m, "error")] for m in distances),
                ],
                [92, 66, 66],
            ),
        ),
        Paragraph("6 Discussion", HEADING),
        Paragraph(
            "Standardisation costs one line of code and, for rules that depend on distance, can matter more than "
            "the choice of classifier. Among the methods on standardised features the order should not be read "
            "closely: the standard deviations over splits are about as large as the differences, and the splits "
            "overlap, so that they are not independent [7]. Both data sets are small and clean, and nothing here "
            "says how the methods compare on larger ones.",
            BODY,
        ),
        Paragraph("References", HEADING),
        *(Paragraph(f"[{i}] {text}", REFERENCE) for i, text in enumerate(REFERENCES, 1)),
    ]
    return out


def make(results: dict[str, Any], target: Path) -> None:
    """Write the PDF. Raises KeyError where `results` lacks a figure."""
    typeset(TITLE, story(results), target)


def typeset(title: str, flowables: list[Flowable], target: Path) -> None:
    """Two columns below a head, the same bytes each time."""
    bottom, full = MARGIN, A4[1] - 2 * MARGIN

    def columns(height: float) -> list[Frame]:
        pad: dict[str, Any] = {"leftPadding": 0, "rightPadding": 0, "topPadding": 0, "bottomPadding": 0}
        return [Frame(MARGIN + i * (COLUMN + GUTTER), bottom, COLUMN, height, **pad) for i in (0, 1)]

    head = Frame(MARGIN, A4[1] - MARGIN - HEAD, A4[0] - 2 * MARGIN, HEAD)
    document = BaseDocTemplate(
        str(target), pagesize=A4, title=title, author="The P2N contributors", invariant=1, pageCompression=1
    )

    def folio(canvas: Any, doc: Any) -> None:
        canvas.setFont("Times-Roman", 8.5)
        canvas.drawCentredString(A4[0] / 2, 10 * mm, str(doc.page))

    document.addPageTemplates(
        [
            PageTemplate("first", [head, *columns(full - HEAD)], onPage=folio),
            PageTemplate("later", columns(full), onPage=folio),
        ]
    )
    document.build(flowables)


def main() -> None:
    here = Path(__file__).parent
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else here / NAME
    make(json.loads((here / "results.json").read_text(encoding="utf-8")), target)


if __name__ == "__main__":
    main()
