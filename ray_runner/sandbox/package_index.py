"""The host's package-index settings, for a container that knows nothing of the host.

Many users reach an index only through a proxy with a certificate of its own, or use a mirror. What uv needs
of that is copied in as environment variables and files; credentials in index URLs reach the environment
phase only, never the container that runs a notebook.
"""

from __future__ import annotations

import configparser
import os
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from p2n_schemas.errors import ErrorCode, P2NError

CONTAINER_CA_BUNDLE = "/p2n-host/ca.crt"
CONTAINER_UV_CONFIG = "/p2n-host/uv.toml"
_CONTAINER_LINKS = "/p2n-host/links"

_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
_INDEX_VARIABLES = (
    "UV_DEFAULT_INDEX",
    "UV_INDEX",
    "UV_INDEX_URL",
    "UV_EXTRA_INDEX_URL",
    "UV_INDEX_STRATEGY",
    "UV_INSECURE_HOST",
    "UV_HTTP_TIMEOUT",
)
# pip's own variables serve those who set up pip only; uv's win.
_PIP_TO_UV = {
    "PIP_INDEX_URL": ("UV_DEFAULT_INDEX", ("UV_DEFAULT_INDEX", "UV_INDEX_URL")),
    "PIP_EXTRA_INDEX_URL": ("UV_INDEX", ("UV_INDEX", "UV_EXTRA_INDEX_URL")),
    "PIP_FIND_LINKS": ("UV_FIND_LINKS", ("UV_FIND_LINKS",)),
}
_CA_VARIABLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "PIP_CERT", "CURL_CA_BUNDLE")
_SYSTEM_CA_BUNDLES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt")
_CREDENTIALS = re.compile(r"""(?<=://)[^/\s'"<>]*@""")


@dataclass(frozen=True)
class PackageSource:
    """Where packages come from besides the host's own settings: a folder of wheels on this machine, and with
    `offline` from nowhere else but it and other folders."""

    wheel_dir: str | None = None
    offline: bool = False

    @property
    def options(self) -> list[str]:
        """For uv, which has no variable that says --no-index."""
        return ["--no-index"] if self.offline else []


HOST_SETTINGS = PackageSource()


@dataclass(frozen=True)
class PackageIndex:
    """`variables` and `files` (path in the container → bytes) for any engine; `links` are host folders of
    wheels (host path → path in the container), which only an engine on this machine can mount."""

    variables: dict[str, str] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        assert all(path.startswith("/p2n-host/") for path in self.files)


def host_variables(
    environ: Mapping[str, str] = os.environ, source: PackageSource = HOST_SETTINGS
) -> dict[str, str]:
    """Index, proxy and certificate settings as uv on this host takes them.

    Raises E_REQUIREMENTS_UNSATISFIABLE where the folder of wheels is not there.
    """
    found = {name: environ[name] for name in _INDEX_VARIABLES if environ.get(name)}
    if environ.get("UV_FIND_LINKS"):
        found["UV_FIND_LINKS"] = environ["UV_FIND_LINKS"]
    for pip_name, (uv_name, taken_by) in _PIP_TO_UV.items():
        value = environ.get(pip_name)
        if value and not any(environ.get(name) for name in taken_by):
            found[uv_name] = ",".join(value.split()) if uv_name == "UV_FIND_LINKS" else value
    if not {"UV_DEFAULT_INDEX", "UV_INDEX_URL"} & set(found):
        mirror = _pip_setting(environ, "index-url")
        if mirror.startswith(("http://", "https://")):
            found["UV_DEFAULT_INDEX"] = mirror
    if "UV_FIND_LINKS" not in found and (links := _pip_setting(environ, "find-links").split()):
        found["UV_FIND_LINKS"] = ",".join(links)
    if source.wheel_dir:
        folder = _wheel_folder(source.wheel_dir)
        found["UV_FIND_LINKS"] = ",".join(filter(None, [folder, found.get("UV_FIND_LINKS")]))
    if source.offline:
        found["UV_OFFLINE"] = "1"
    for name in _PROXIES:
        value = environ.get(name) or environ.get(name.lower())
        if value:
            found[name] = value
    bundle = ca_bundle(environ)
    if bundle is not None:
        found["SSL_CERT_FILE"] = str(bundle)
    return found


def package_index(
    environ: Mapping[str, str] = os.environ,
    *,
    engine_is_local: bool = True,
    source: PackageSource = HOST_SETTINGS,
) -> PackageIndex:
    """The same settings for a container: files copied in, folders of wheels mounted, paths rewritten."""
    variables = host_variables(environ, source)
    files: dict[str, bytes] = {}
    links: dict[str, str] = {}
    bundle = variables.pop("SSL_CERT_FILE", None)
    if bundle is not None:
        files[CONTAINER_CA_BUNDLE] = Path(bundle).read_bytes()
        variables |= dict.fromkeys(_CA_VARIABLES, CONTAINER_CA_BUNDLE)
    wanted = variables.pop("UV_FIND_LINKS", "").split(",")
    places = []
    for place in filter(None, wanted):
        if place.startswith(("http://", "https://")):
            places.append(place)
            continue
        folder = Path(place.removeprefix("file://"))
        if engine_is_local and folder.is_dir() and str(folder.resolve()) not in links:
            inside = f"{_CONTAINER_LINKS}/{len(links)}"
            links[str(folder.resolve())] = inside
            places.append(inside)
    if places:
        variables["UV_FIND_LINKS"] = ",".join(places)
    config = _uv_config(environ)
    if config is not None:
        files[CONTAINER_UV_CONFIG] = config.read_bytes()
        variables["UV_CONFIG_FILE"] = CONTAINER_UV_CONFIG
    return PackageIndex(variables, files, links)


def ca_bundle(environ: Mapping[str, str] = os.environ) -> Path | None:
    """The certificates that this host trusts, as one file."""
    named = [environ[name] for name in _CA_VARIABLES if environ.get(name)]
    return _first_file([*named, *_SYSTEM_CA_BUNDLES])


def without_credentials(text: str) -> str:
    """The text with user and password of every URL masked: what uv or a loader says may reach clients."""
    return _CREDENTIALS.sub("***@", text)


def _uv_config(environ: Mapping[str, str]) -> Path | None:
    home = environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    named = [environ["UV_CONFIG_FILE"]] if environ.get("UV_CONFIG_FILE") else []
    return _first_file([*named, f"{home}/uv/uv.toml", "/etc/uv/uv.toml"])


def _pip_setting(environ: Mapping[str, str], name: str) -> str:
    """What pip's configuration files say, the nearest first; empty where none does."""
    home = environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    places = [
        f"{sys.prefix}/pip.conf",
        f"{home}/pip/pip.conf",
        str(Path.home() / ".pip/pip.conf"),
        "/etc/pip.conf",
    ]
    if environ.get("PIP_CONFIG_FILE"):
        places.insert(0, environ["PIP_CONFIG_FILE"])
    for place in places:
        parser = configparser.RawConfigParser()
        try:
            parser.read(place, encoding="utf-8")
        except (configparser.Error, UnicodeDecodeError):
            continue
        value = parser.get("global", name, fallback="").strip()
        if value:
            return value
    return ""


def _wheel_folder(place: str) -> str:
    folder = Path(place).expanduser().absolute()
    if not folder.is_dir():
        raise P2NError(
            ErrorCode.E_REQUIREMENTS_UNSATISFIABLE,
            f"The folder of wheels {folder.name!r} (P2NApp.wheel_dir) is not there.",
            "Set P2NApp.wheel_dir to a folder of wheels that every node sees, or leave it empty.",
        )
    return str(folder)


def _first_file(places: Iterable[str]) -> Path | None:
    return next((path for path in map(Path, places) if path.is_file()), None)
