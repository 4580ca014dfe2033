"""Where data is fetched from: the public sources, or an operator's mirrors of them."""

from __future__ import annotations

import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass, field

from p2n_schemas.errors import ErrorCode, P2NError

# by name, as an operator's configuration calls them
PUBLIC = {
    "openml": "https://www.openml.org",
    "huggingface": "https://huggingface.co",
    "mnist": "https://ossci-datasets.s3.amazonaws.com/mnist",
    "fashion_mnist": "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com",
    "kmnist": "http://codh.rois.ac.jp/kmnist/dataset/kmnist",
    "cifar": "https://www.cs.toronto.edu/~kriz",
    "figshare": "https://ndownloader.figshare.com/files",
}


@dataclass(frozen=True)
class Sources:
    """The base address of each source; those not in `mirrors` are the public ones.

    Raises E_VALIDATION for a source that there is not, and for an address that is no plain http(s) one.
    """

    mirrors: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, address in self.mirrors.items():
            if name not in PUBLIC:
                raise _wrong(f"there is no source {name!r}, but {', '.join(PUBLIC)}")
            parts = urllib.parse.urlsplit(address)
            if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
                raise _wrong(f"the mirror of {name} is no http(s) address")
            if parts.username is not None or parts.password is not None:
                # it would stand in the loader, which whoever may see a run can read
                raise _wrong(f"the mirror of {name} holds a user name or password")

    def base(self, name: str) -> str:
        return self.mirrors.get(name, PUBLIC[name]).rstrip("/")


def _wrong(problem: str) -> P2NError:
    return P2NError(
        ErrorCode.E_VALIDATION,
        f"dataset_mirrors: {problem}.",
        "Give addresses by source, such as {'openml': 'https://openml.mirror.example'}.",
        {"problems": [{"where": "dataset_mirrors", "problem": problem}]},
    )
