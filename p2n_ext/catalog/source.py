"""Source text that a notebook's cells are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# what a method's function returns for the test rows:
#   labels         the class of each row
#   scores         a number for each row, of two classes: above 0 for class 1, the larger the surer
#   probabilities  a column for each class
#   values         a number for each row
#   distribution   draws x rows x points: the predictive distribution has equal weight on each of its points
#   clusters       the number of each row's cluster
Output = Literal["labels", "scores", "probabilities", "values", "distribution", "clusters"]


@dataclass(frozen=True)
class Helper:
    """A function that several experiments or metrics of a notebook share; printed once."""

    name: str
    source: str
    imports: tuple[str, ...] = ()
