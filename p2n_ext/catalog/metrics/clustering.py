"""Metrics of clustering: the clusters found against the classes known, whatever the clusters are called."""

from __future__ import annotations

from .base import Metric

_NMI = ("from sklearn.metrics import normalized_mutual_info_score",)
_NMI_NAMES = r"(?:nmi|normalized mutual information(?: index)?)"
_NORMALISED_BY = {
    # "max NMI" alone may as well be the best of several runs, and "mean NMI" their mean
    "max": ("larger", r"(?:normalized )?by (?:the )?max(?:imum)?(?: entropy)?"),
    "arithmetic": ("arithmetic mean of the", r"(?:arithmetic(?: mean)?|sum)"),
    "geometric": ("geometric mean of the", r"(?:geometric(?: mean)?|sqrt)"),
    "min": ("smaller", r"(?:normalized )?by (?:the )?min(?:imum)?(?: entropy)?"),
}


def _nmi(method: str) -> Metric:
    """Mutual information over one of the ways to make one number of the two entropies (Vinh et al., 2010, table 2)."""
    title, words = _NORMALISED_BY[method]
    names = (rf"{words} {_NMI_NAMES}", rf"{_NMI_NAMES} {words}", rf"nmi_{method}")
    return Metric(
        f"nmi_{method}",
        f"Normalised mutual information, by the {title} {'entropies' if 'mean' in title else 'entropy'}",
        "clusters",
        "score",
        "maximize",
        f'normalized_mutual_info_score(truth, predicted, average_method="{method}")',
        _NMI,
        (_NMI_NAMES, *names) if method == "max" else names,
        silence=(
            "how the mutual information was normalised",
            "by the larger of the two entropies, as Vinh, Epps and Bailey (2010) advise",
        )
        if method == "max"
        else None,
        of_library="nmi_arithmetic" if method == "max" else None,
    )


CLUSTERING: tuple[Metric, ...] = (
    Metric(
        "ari",
        "Adjusted Rand index",
        "clusters",
        "score",
        "maximize",
        "adjusted_rand_score(truth, predicted)",
        ("from sklearn.metrics import adjusted_rand_score",),
        ("ari", "adjusted ran[dk] (?:index|score)"),
    ),
    *(_nmi(method) for method in _NORMALISED_BY),
    Metric(
        "purity",
        "Purity: the share of rows that belong to their cluster's largest class",
        "clusters",
        "fraction",
        "maximize",
        "contingency_matrix(truth, predicted).max(axis=0).sum() / len(truth)",
        ("from sklearn.metrics.cluster import contingency_matrix",),
        ("pur", "(?:cluster(?:ing)? )?purity(?: index)?"),
    ),
)
