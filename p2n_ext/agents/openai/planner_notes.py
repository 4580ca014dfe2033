"""What became of a model's draft, for the plan's readers."""

from __future__ import annotations

MAX_SHOWN = 20


class Notes:
    """Choices that were taken over, and those that were refused with the reason; bounded, one line each."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self._refused: dict[str, None] = {}

    @property
    def refused(self) -> list[str]:
        return list(self._refused)

    def take(self, what: str) -> None:
        self.taken.append(_line(what))

    def refuse(self, what: str, why: str) -> None:
        self._refused[f"{_line(what)}: {_line(why)}"] = None

    def lines(self, model: str) -> list[str]:
        """Sentences for `explain`."""
        found = []
        if self.taken:
            listed = "; ".join(self.taken[:MAX_SHOWN]) + _more(len(self.taken))
            found.append(f"Found in the paper by the model {model}, with the words of its pages: {listed}.")
        if not self.taken:
            found.append(f"The model {model} added nothing that stands; this is the plan of the rules alone.")
        for words in self.refused[:MAX_SHOWN]:
            found.append(f"Refused of the model's draft: {words}.")
        if len(self._refused) > MAX_SHOWN:
            found.append(f"Refused of the model's draft: {len(self._refused) - MAX_SHOWN} more.")
        return found


def _more(count: int) -> str:
    return f" and {count - MAX_SHOWN} more" if count > MAX_SHOWN else ""


def _line(text: str) -> str:
    return " ".join(text.split()).rstrip(".")[:240]
