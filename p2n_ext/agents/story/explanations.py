"""What the catalogue's methods, metrics and data are, in words of a child's; each was read by a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Scene = Literal[
    "neighbours",
    "line",
    "wall",
    "fence",
    "clues",
    "tree",
    "forest",
    "team",
    "range",
    "groups",
    "layers",
    "window",
    "memory",
    "words",
    "box",
]


@dataclass(frozen=True)
class Explanation:
    """`scene`: the picture that shows it."""

    scene: Scene
    text: str


_NET = "It has layers of small parts. Each part adds up what it gets and hands it on. Each miss makes the parts change a bit."
_WINDOW = (
    "It looks through a small window. The window slides from end to end. It spots small things, one by one."
)

METHODS: dict[str, Explanation] = {
    "knn": Explanation(
        "neighbours",
        "To guess, it looks for rows that are most like the new one. Those are its near friends. Each friend gets"
        " a vote. The most votes win.",
    ),
    "linear_regression": Explanation(
        "line",
        "It draws one straight line through the dots. The line shows which way they go. To guess, it looks where the"
        " line is.",
    ),
    "ridge": Explanation(
        "line",
        "It draws one straight line through the dots. It keeps the line calm. It does not chase each dot.",
    ),
    "lasso": Explanation(
        "line", "It draws one straight line through the dots. Clues that do not help, it throws out."
    ),
    "softmax_regression": Explanation(
        "wall",
        "Each clue gives some points to each kind. It adds the points up. The kind with the most points wins.",
    ),
    "linear_svm": Explanation(
        "wall",
        "It draws a straight line between two kinds. It wants the gap to be as wide as it can. A new dot gets the"
        " kind of its side.",
    ),
    "kernel_svm": Explanation(
        "fence",
        "It draws a line between two kinds. The line may bend. A new dot gets the kind of its side.",
    ),
    "gaussian_naive_bayes": Explanation(
        "clues",
        "It takes one clue at a time. How well does the clue fit each kind? The kind that fits best wins.",
    ),
    "lda": Explanation(
        "wall", "It finds the mid point of each kind. Then it draws straight lines to part the kinds."
    ),
    "qda": Explanation(
        "fence",
        "It finds the mid point of each kind. Then it draws lines to part the kinds. The lines may bend.",
    ),
    "decision_tree": Explanation(
        "tree",
        "It asks for a yes or a no, again and again. Each answer leads down a branch. At the end is a leaf. The leaf"
        " holds the guess.",
    ),
    "random_forest": Explanation(
        "forest",
        "It grows a lot of trees. Each tree asks for yes or no in its own way. Then each tree makes a guess. All the"
        " guesses count.",
    ),
    "gradient_boosting": Explanation(
        "team",
        "It is a team of small trees. The first one makes a guess. The next one mends what was wrong. Step by step"
        " the team gets good.",
    ),
    "adaboost": Explanation(
        "team",
        "It is a team. Each one looks hard at what the last one got wrong. At the end they all vote.",
    ),
    "gaussian_process": Explanation(
        "range",
        "It draws a smooth line through the dots. It tells how sure it is, too. Near the dots it is sure. Far off it"
        " is not.",
    ),
    "split_conformal": Explanation(
        "range",
        "It does not give just one guess. It tells how low and how high it may go. It learns that from its old"
        " misses.",
    ),
    "cross_conformal": Explanation(
        "range",
        "It does not give just one guess. It tells how low and how high it may go. It learns that from old misses on"
        " each part of the rows.",
    ),
    "k_means": Explanation(
        "groups",
        "No one tells it the kinds. It puts dots in groups. Dots that are near each other go in one group.",
    ),
    "pca_k_means": Explanation(
        "groups",
        "No one tells it the kinds. It keeps the clues that tell the most. Then dots that are near each other go in"
        " one group.",
    ),
    "spectral_clustering": Explanation(
        "groups",
        "No one tells it the kinds. It ties dots that are near with a string. Dots that hang on one string make a"
        " group.",
    ),
    "mlp": Explanation("layers", _NET),
    "torch_mlp": Explanation("layers", _NET),
    "torch_cnn": Explanation("window", f"{_WINDOW} Then it makes a guess."),
    "torch_resnet": Explanation("layers", f"{_WINDOW} It has a lot of layers, and short cuts past them."),
    "torch_densenet": Explanation(
        "layers", f"{_WINDOW} It has a lot of layers. Each one sees all that came first."
    ),
    "torch_textcnn": Explanation("window", f"{_WINDOW} Here it slides from word to word."),
    "torch_charcnn": Explanation("window", f"{_WINDOW} Here it slides along the signs of a text."),
    "torch_lstm": Explanation(
        "memory",
        "It reads one word at a time. It keeps a note of what it has read. At the end it makes a guess.",
    ),
    "torch_gru": Explanation(
        "memory",
        "It reads one word at a time. It keeps a short note of what it has read. At the end it makes a guess.",
    ),
    "torch_fasttext": Explanation(
        "words", "It turns each word into points. It adds the points up. Then it makes a guess."
    ),
    "torch_gru_svm": Explanation(
        "memory",
        "It goes through the clues one at a time. It keeps a note of what it saw. Then it draws a line between the"
        " kinds.",
    ),
    "generated": Explanation("box", "A computer wrote the steps for it. We do not show them here."),
}

_RIGHT = "It tells how much it got right."
_FOUND = "It tells how many of the real ones were found."
_OFF = "It tells how far off the guess is."
_GROUPS = "It tells how well the groups fit the real kinds."
_METRICS: dict[str, str] = {
    "accuracy": _RIGHT,
    "balanced_accuracy": "It tells how much it got right, with all kinds worth the same.",
    "error_rate": "It tells how much it got wrong.",
    "precision": "It tells how often a yes was right.",
    "recall": _FOUND,
    "f1": "It is high when it finds the right ones and takes no wrong ones.",
    "tpr": _FOUND,
    "tnr": "It tells how many of the rest it left alone.",
    "fpr": "It tells how often it said yes, but the truth was no.",
    "fnr": "It tells how often it said no, but the truth was yes.",
    "auc": "It tells how well it can put yes in front of no.",
    "log_loss": "It gets big when a guess is sure but wrong.",
    "perplexity": "It gets big when a guess is sure but wrong.",
    "mse": _OFF,
    "rmse": _OFF,
    "mae": _OFF,
    "crps": _OFF,
    "r2": "It tells how well the guess fits.",
    "ari": _GROUPS,
    "nmi": _GROUPS,
    "purity": _GROUPS,
}


def of_method(key: str) -> Explanation:
    """A method that has no words yet is shown as a box that nobody looked into."""
    return METHODS.get(key) or Explanation("box", "It has its own way to guess. We do not show it here.")


def of_metric(key: str) -> str | None:
    """What a metric of the catalogue tells; averages of one metric tell the same."""
    return _METRICS.get(key) or _METRICS.get(key.split("_")[0])
