"""Which of the host's index settings reach the environment phase, and how."""

from __future__ import annotations

from pathlib import Path

import pytest

from p2n_schemas.errors import P2NError
from ray_runner.sandbox.package_index import (
    CONTAINER_CA_BUNDLE,
    PackageSource,
    host_variables,
    package_index,
)


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr("sys.prefix", str(tmp_path))


def test_uv_settings_win_over_pip_settings() -> None:
    environ = {
        "UV_DEFAULT_INDEX": "https://uv.example/simple",
        "PIP_INDEX_URL": "https://pip.example/simple",
        "PIP_EXTRA_INDEX_URL": "https://extra.example/simple",
    }
    found = host_variables(environ)
    assert found["UV_DEFAULT_INDEX"] == "https://uv.example/simple"
    assert found["UV_INDEX"] == "https://extra.example/simple"


def test_a_mirror_in_pip_conf_is_used_where_nothing_else_is_set(tmp_path: Path) -> None:
    config = tmp_path / "pip.conf"
    config.write_text("[global]\nindex-url = https://mirror.example/simple\n")
    assert (
        host_variables({"PIP_CONFIG_FILE": str(config)})["UV_DEFAULT_INDEX"]
        == "https://mirror.example/simple"
    )


def test_certificates_are_copied_in_and_their_variables_rewritten(tmp_path: Path) -> None:
    bundle = tmp_path / "ca.crt"
    bundle.write_bytes(b"CERT")
    index = package_index({"SSL_CERT_FILE": str(bundle), "https_proxy": "http://proxy.example:3128"})
    assert index.files[CONTAINER_CA_BUNDLE] == b"CERT"
    assert index.variables["SSL_CERT_FILE"] == CONTAINER_CA_BUNDLE
    assert index.variables["REQUESTS_CA_BUNDLE"] == CONTAINER_CA_BUNDLE
    assert index.variables["HTTPS_PROXY"] == "http://proxy.example:3128"
    assert str(tmp_path) not in str(index.variables)


def test_folders_of_wheels_are_mounted_for_a_local_engine_only(tmp_path: Path) -> None:
    environ = {"PIP_FIND_LINKS": f"{tmp_path} https://wheels.example/ {tmp_path}/missing"}
    index = package_index(environ, engine_is_local=True)
    assert index.links == {str(tmp_path): "/p2n-host/links/0"}
    assert index.variables["UV_FIND_LINKS"] == "/p2n-host/links/0,https://wheels.example/"
    remote = package_index(environ, engine_is_local=False)
    assert remote.links == {}
    assert remote.variables["UV_FIND_LINKS"] == "https://wheels.example/"


def test_a_folder_of_wheels_in_pip_conf_is_used_too(tmp_path: Path) -> None:
    config = tmp_path / "pip.conf"
    config.write_text(f"[global]\nfind-links = {tmp_path}\n  https://wheels.example/\n")
    environ = {"PIP_CONFIG_FILE": str(config)}
    assert host_variables(environ)["UV_FIND_LINKS"] == f"{tmp_path},https://wheels.example/"
    named = environ | {"UV_FIND_LINKS": "https://other.example/"}
    assert host_variables(named)["UV_FIND_LINKS"] == "https://other.example/"


def test_the_configured_folder_of_wheels_comes_first_and_once(tmp_path: Path) -> None:
    source = PackageSource(str(tmp_path), offline=True)
    index = package_index({"PIP_FIND_LINKS": str(tmp_path)}, source=source)
    assert index.links == {str(tmp_path): "/p2n-host/links/0"}
    assert index.variables["UV_FIND_LINKS"] == "/p2n-host/links/0"
    assert index.variables["UV_OFFLINE"] == "1"
    assert source.options == ["--no-index"]
    with pytest.raises(P2NError):
        package_index({}, source=PackageSource(str(tmp_path / "missing")))


def test_nothing_else_of_the_host_goes_along() -> None:
    index = package_index({"OPENAI_API_KEY": "sk-1", "AWS_SECRET_ACCESS_KEY": "s", "PATH": "/bin"})
    assert "sk-1" not in str(index.variables)
    assert set(index.variables) <= {"SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "PIP_CERT", "CURL_CA_BUNDLE"}
