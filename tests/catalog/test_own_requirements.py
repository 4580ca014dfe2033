"""Requirements of a person's own notebook: theirs first, and what the sandbox needs."""

from __future__ import annotations

import pytest

from p2n_ext.catalog.own_notebooks import STANDARD, complete_requirements
from p2n_ext.catalog.requirements import pins


def lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def test_without_requirements_there_is_the_standard_stack_all_pinned() -> None:
    found = lines(complete_requirements(None, ["scikit-learn"]))
    assert all("==" in line for line in found)
    names = {line.partition("==")[0] for line in found}
    assert {name for name in STANDARD if name in pins()} | {"ipykernel", "nbclient"} <= names
    assert "torch" not in names


def test_what_a_person_wrote_stays_and_only_what_is_missing_is_added() -> None:
    text = "NumPy<2  # mine\nipykernel>=6\n"
    found = lines(complete_requirements(text, ["numpy", "scikit-learn"]))
    assert found == ["NumPy<2  # mine", "ipykernel>=6", f"nbclient=={pins()['nbclient'][0]}", "scikit-learn"]


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing"])
def test_nothing_of_ones_own_gives_what_drives_a_notebook(text: str) -> None:
    found = [line.partition("==")[0] for line in lines(complete_requirements(text, []))]
    assert found == ["ipykernel", "nbclient"]


def test_names_are_compared_as_packages_are_named() -> None:
    assert lines(complete_requirements("Scikit_Learn==1.5.0", ["scikit-learn"]))[-1].startswith("nbclient")
