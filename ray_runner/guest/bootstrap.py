"""The command of the exec container: reads what to prepare from stdin and starts the driver from memory.

stdin: two objects in JSON, before each its length in bytes as a decimal line. First the preparation: `files` (module
name → source), `settings`, `preload`; then, at once or much later, the job: `notebook`, `seconds`. Nothing is written
to disk, so the notebook's code finds no driver to change.
"""

import importlib.abc
import importlib.machinery
import importlib.util
import json
import sys
from typing import Any


def read() -> Any:
    size = int(sys.stdin.buffer.readline())
    return json.loads(sys.stdin.buffer.read(size))


preparation = read()


class MemoryFinder(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    def find_spec(
        self, name: str, path: object = None, target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name == "p2n_guest":
            return importlib.util.spec_from_loader(name, self, is_package=True)
        if name.startswith("p2n_guest.") and name.removeprefix("p2n_guest.") in preparation["files"]:
            return importlib.util.spec_from_loader(name, self)
        return None

    def get_source(self, name: str) -> str:
        source: str = preparation["files"].get(name.removeprefix("p2n_guest."), "")
        return source

    def is_package(self, name: str) -> bool:
        return name == "p2n_guest"


sys.meta_path.insert(0, MemoryFinder())
driver = importlib.import_module("p2n_guest.driver")
sys.exit(driver.main(preparation["settings"], preparation["preload"], read))
