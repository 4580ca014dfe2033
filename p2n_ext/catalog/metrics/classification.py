"""Metrics of classification: of labels, of two classes, of rankings and of probabilities."""

from __future__ import annotations

from .base import Metric

_RATE = "from sklearn.metrics import recall_score"
_PRECISION = "from sklearn.metrics import precision_score"
_F1 = "from sklearn.metrics import f1_score"
_AUC = "from sklearn.metrics import roc_auc_score"
_AUC_NAMES = r"(?:(?:roc )?auc(?: roc)?|auroc|area under (?:the )?(?:roc|receiver operating characteristic)(?: curve)?)"
_CROSS_ENTROPY = "log_loss(truth, predicted, labels=range(predicted.shape[1]))"
_LOG_LOSS = ("from sklearn.metrics import log_loss",)


def _averaged(
    key: str,
    title: str,
    function: str,
    import_line: str,
    names: tuple[str, ...],
    binary_extra: tuple[str, ...] = (),
) -> tuple[Metric, ...]:
    """A metric of one class and its macro, micro and weighted averages, each with an explicit name."""
    found = [
        Metric(
            key=key,
            title=f"{title} of the positive class",
            kind="binary",
            unit="fraction",
            direction="maximize",
            expression=f"{function}(truth, predicted, pos_label=POSITIVE, zero_division=0.0)",
            imports=(import_line,),
            aliases=(*names, *binary_extra),
        )
    ]
    for average in ("macro", "micro", "weighted"):
        words = tuple(
            pattern
            for name in names
            for pattern in (
                rf"{average}(?: averaged?| avg)? {name}",
                rf"{name} {average}(?: averaged?| avg)?",
            )
        )
        found.append(
            Metric(
                key=f"{key}_{average}",
                title=f"{average}-averaged {title.lower()}",
                kind="labels",
                unit="fraction",
                direction="maximize",
                expression=f'{function}(truth, predicted, average="{average}", zero_division=0.0)',
                imports=(import_line,),
                aliases=words,
            )
        )
    return tuple(found)


CLASSIFICATION: tuple[Metric, ...] = (
    Metric(
        "accuracy",
        "Accuracy",
        "labels",
        "fraction",
        "maximize",
        "accuracy_score(truth, predicted)",
        ("from sklearn.metrics import accuracy_score",),
        (
            "accuracy",
            "accuracies",
            "acc",
            "correct classification rate",
            "correctly classified",
            "recognition rate",
        ),
        counts_rows=True,
    ),
    Metric(
        "error_rate",
        "Error rate",
        "labels",
        "fraction",
        "minimize",
        "1.0 - accuracy_score(truth, predicted)",
        ("from sklearn.metrics import accuracy_score",),
        ("error(?: rates?)?", "errors", "misclassification(?: rate| error)?", "err"),
        counts_rows=True,
    ),
    *_averaged(
        "precision",
        "Precision",
        "precision_score",
        _PRECISION,
        ("precision",),
        ("positive predictive value", "ppv"),
    ),
    *_averaged("recall", "Recall", "recall_score", _RATE, ("recall",)),
    *_averaged("f1", "F1", "f1_score", _F1, ("f1(?: measure)?", "f measure", "f score")),
    Metric(
        "balanced_accuracy",
        "Balanced accuracy",
        "labels",
        "fraction",
        "maximize",
        "balanced_accuracy_score(truth, predicted)",
        ("from sklearn.metrics import balanced_accuracy_score",),
        ("balanced accuracy", "bacc"),
    ),
    Metric(
        "tpr",
        "True positive rate (sensitivity)",
        "binary",
        "fraction",
        "maximize",
        "recall_score(truth, predicted, pos_label=POSITIVE)",
        (_RATE,),
        ("tpr", "true positive rate", "sensitivity", "hit rate", "detection rate"),
    ),
    Metric(
        "tnr",
        "True negative rate (specificity)",
        "binary",
        "fraction",
        "maximize",
        "recall_score(truth, predicted, pos_label=1 - POSITIVE)",
        (_RATE,),
        ("tnr", "true negative rate", "specificity", "selectivity"),
    ),
    Metric(
        "fpr",
        "False positive rate",
        "binary",
        "fraction",
        "minimize",
        "1.0 - recall_score(truth, predicted, pos_label=1 - POSITIVE)",
        (_RATE,),
        ("fpr", "false positive rate", "fall out", "false alarm rate"),
    ),
    Metric(
        "fnr",
        "False negative rate",
        "binary",
        "fraction",
        "minimize",
        "1.0 - recall_score(truth, predicted, pos_label=POSITIVE)",
        (_RATE,),
        ("fnr", "false negative rate", "miss rate"),
    ),
    Metric(
        "auc",
        "Area under the ROC curve",
        "ranking",
        "fraction",
        "maximize",
        # the same whichever of the two classes is the positive one
        "roc_auc_score(truth, predicted)",
        (_AUC,),
        (_AUC_NAMES,),
    ),
    *(
        Metric(
            f"auc_{scheme}_macro",
            f"Area under the ROC curve, mean over {title}",
            "probabilities",
            "fraction",
            "maximize",
            f'roc_auc_score(truth, predicted, multi_class="{scheme}", average="macro")',
            (_AUC,),
            (
                rf"(?:{words}|{scheme})(?: macro)? {_AUC_NAMES}",
                rf"{_AUC_NAMES} (?:{words}|{scheme})(?: macro)?",
            ),
        )
        for scheme, words, title in (
            ("ovr", "one (?:vs|versus) (?:the )?(?:rest|all)", "each class against the rest"),
            ("ovo", "one (?:vs|versus) one", "all pairs of classes"),
        )
    ),
    Metric(
        "log_loss",
        "Log-loss (mean cross-entropy, natural logarithm)",
        "probabilities",
        "score",
        "minimize",
        _CROSS_ENTROPY,
        _LOG_LOSS,
        ("log(?:arithmic)? ?loss", "cross entropy(?: loss)?", "nll", "(?:average )?negative log likelihood"),
    ),
    Metric(
        "perplexity",
        "Perplexity (exponential of the mean cross-entropy)",
        "probabilities",
        "score",
        "minimize",
        f"np.exp({_CROSS_ENTROPY})",
        (*_LOG_LOSS, "import numpy as np"),
        ("perplexity", "ppl"),
    ),
)
