"""The command of the exec container: reads one bundle from stdin and starts the driver from memory.

stdin: the bundle's length in bytes as a decimal line, then the bundle, one JSON object: `files` (module name →
source), `notebook`, `settings`. Nothing is written to disk, so the notebook's code finds no driver to change.
"""

import importlib.abc
import importlib.machinery
import importlib.util
import json
import sys

size = int(sys.stdin.buffer.readline())
bundle = json.loads(sys.stdin.buffer.read(size))


class BundleFinder(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    def find_spec(
        self, name: str, path: object = None, target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name == "p2n_guest":
            return importlib.util.spec_from_loader(name, self, is_package=True)
        if name.startswith("p2n_guest.") and name.removeprefix("p2n_guest.") in bundle["files"]:
            return importlib.util.spec_from_loader(name, self)
        return None

    def get_source(self, name: str) -> str:
        source: str = bundle["files"].get(name.removeprefix("p2n_guest."), "")
        return source

    def is_package(self, name: str) -> bool:
        return name == "p2n_guest"


sys.meta_path.insert(0, BundleFinder())
driver = importlib.import_module("p2n_guest.driver")
sys.exit(driver.main(bundle["notebook"], bundle["settings"]))
