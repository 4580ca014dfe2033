"""What a dataset says of itself, to the planner and to the notebook."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Literal

from p2n_schemas.datasets import BoundUpload
from p2n_schemas.runs import DatasetMount

from .sources import Sources

# what one row is: features in any order, the pixels of an image (channel by channel, row by row), or a text
Input = Literal["table", "image", "text"]
# channels, height, width
ImageShape = tuple[int, int, int]
Task = Literal["classification", "regression"]


@dataclass(frozen=True, kw_only=True)
class Dataset(ABC):
    """One dataset, prepared for one task.

    `aliases` and `qualifiers` are regular expressions over folded names (`names.fold`). `doubtful` aliases are shared
    with other datasets: they count only if one of the `signs` stands in the paper.
    Of an image `columns` is how many numbers it has, of a text about how many words. Where the source parts the data
    itself, its first `train_rows` rows are for training. `choices` are (what papers hardly state, what is done).
    """

    key: str
    title: str
    task: Task
    rows: int
    columns: int
    classes: tuple[str, ...]
    source: str
    licence: str
    license_compliant: bool
    licence_note: str
    aliases: tuple[str, ...]
    doubtful: tuple[str, ...] = ()
    signs: tuple[str, ...] = ()
    qualifiers: tuple[str, ...] = ()
    positive: str | None = None
    positive_note: str = ""
    part_of: str | None = None
    whole_rows: int | None = None
    input: Input = "table"
    image: ImageShape | None = None
    train_rows: int | None = None
    choices: tuple[tuple[str, str], ...] = ()
    requirements: tuple[str, ...] = field(default=("scikit-learn", "numpy"))

    @property
    def uploaded(self) -> BoundUpload | None:
        """How a person's own data is read; none for the catalogue's."""
        return None

    @abstractmethod
    def imports(self) -> tuple[str, ...]: ...

    @abstractmethod
    def load_cell(self, positive: str | None) -> str:
        """Readable code that binds X, y and CLASSES (None for regression); it stops on data of another shape."""

    @abstractmethod
    def mount(self, sources: Sources | None = None) -> DatasetMount:
        """What the worker's datasets phase does; `sources` are an operator's mirrors."""

    def classes_lines(self, positive: str | None) -> list[str]:
        """The end of a load cell: the classes by name, and what was loaded."""
        rows = "{len(X)} texts" if self.input == "text" else "{len(X)} rows, {X.shape[1]} features"
        if self.task == "regression":
            return [
                "CLASSES = None",
                f'print(f"{rows}, target from {{y.min():g}} to {{y.max():g}}")',
            ]
        lines = []
        if positive is not None:
            lines.append(f"POSITIVE = CLASSES.index({quoted(positive)})")
        lines.append(f'print(f"{rows}, {{len(CLASSES)}} classes")')
        lines.append("for code, count in enumerate(np.bincount(y, minlength=len(CLASSES))):")
        lines.append('    print(f"  {CLASSES[code]}: {count}")')
        return lines


def quoted(text: str) -> str:
    """A text as a Python literal in double quotes."""
    import json

    return json.dumps(text, ensure_ascii=False)


def listed(name: str, texts: tuple[str, ...] | list[str]) -> list[str]:
    """`NAME = […]` as source, on one line where it fits."""
    line = f"{name} = [{', '.join(map(quoted, texts))}]"
    return [line] if len(line) <= 88 else [f"{name} = [", *(f"    {quoted(text)}," for text in texts), "]"]
