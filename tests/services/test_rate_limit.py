"""Papers an hour, over REST: whom the limit counts, what it counts, and what it says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from jupyter_server.auth.identity import IdentityProvider, User
from jupyter_server.utils import url_path_join
from tornado.httpclient import HTTPClientError

from p2n_ext.handlers import API_PATH
from p2n_schemas.api import PaperCreated
from p2n_schemas.errors import ErrorBody, ErrorCode
from tests.services.test_ingest import API, form, upload


@pytest.fixture(scope="session")
def papers(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """Eight one-page papers."""
    folder = tmp_path_factory.mktemp("papers")
    script = (
        "import sys\nfrom reportlab.pdfgen.canvas import Canvas\n"
        "for number in range(8):\n"
        "    c = Canvas(f'{sys.argv[1]}/{number}.pdf')\n"
        "    c.drawString(72, 700, f'Paper number {number} has some words.'); c.showPage(); c.save()\n"
    )
    subprocess.run([sys.executable, "-c", script, str(folder)], check=True, timeout=60)
    return [path.read_bytes() for path in sorted(folder.glob("*.pdf"))]


async def refused(fetch: Any, **options: Any) -> HTTPClientError:
    with pytest.raises(HTTPClientError) as caught:
        await fetch(*API, "papers", **options)
    return caught.value


class TestPublicDemo:
    @pytest.fixture
    def jp_server_config(self, jp_server_config: dict[str, Any]) -> dict[str, Any]:
        jp_server_config["P2NApp"]["profile"] = "public_demo"
        return jp_server_config

    async def test_five_an_hour_and_what_is_known_is_free(self, jp_fetch: Any, papers: list[bytes]) -> None:
        for data in papers[:5]:
            assert (await upload(jp_fetch, data))[0] == 201
        failure = await refused(jp_fetch, **form(papers[5]))
        assert failure.response is not None
        error = ErrorBody.model_validate_json(failure.response.body).error
        assert (failure.code, error.code) == (429, ErrorCode.E_RATE_LIMITED)
        assert 3500 < int(failure.response.headers["Retry-After"]) <= 3600
        assert (await upload(jp_fetch, papers[0]))[0] == 200
        body = '{"url": "http://192.0.2.1/x.pdf"}'
        failure = await refused(jp_fetch, method="POST", body=body)
        assert failure.code == 429, "nor is anything fetched"
        sample = await jp_fetch(*API, "papers", "sample", method="POST", body="{}")
        assert PaperCreated.model_validate_json(sample.body).created


class TestOneAnHour:
    @pytest.fixture
    def jp_server_config(self, jp_server_config: dict[str, Any]) -> dict[str, Any]:
        jp_server_config["P2NApp"]["ingest_per_hour"] = 1
        return jp_server_config

    async def test_what_is_no_paper_was_work_too(self, jp_fetch: Any, papers: list[bytes]) -> None:
        assert (await refused(jp_fetch, **form(b"no pdf"))).code == 415
        assert (await refused(jp_fetch, **form(papers[0]))).code == 429

    async def test_a_new_cookie_makes_no_new_user(
        self,
        jp_serverapp: Any,
        http_server_client: Any,
        jp_base_url: str,
        jp_auth_header: dict[str, str],
        papers: list[bytes],
    ) -> None:
        url = url_path_join(jp_base_url, API_PATH, "papers")

        async def post(data: bytes, headers: dict[str, str]) -> int:
            request = form(data)
            request["headers"] |= jp_auth_header | headers
            return int((await http_server_client.fetch(url, raise_error=False, **request)).code)

        assert await post(papers[0], {}) == 201
        login = await http_server_client.fetch(
            url_path_join(jp_base_url, "api/me") + f"?token={jp_serverapp.identity_provider.token}"
        )
        cookie = "; ".join(found.split(";")[0] for found in login.headers.get_list("Set-Cookie"))
        assert await post(papers[1], {"Cookie": cookie}) == 429
        assert await post(papers[1], {"X-Forwarded-For": "192.0.2.7", "X-Real-Ip": "192.0.2.7"}) == 429


class NamedUsers(IdentityProvider):
    """As JupyterHub's: people have names."""

    async def get_user(self, handler: Any) -> Any:  # type: ignore[override]
        # The token is looked at as ever; only the name is the person's own.
        found = await super().get_user(handler)  # type: ignore[misc]
        return found and User(handler.request.headers.get("X-Name", "nobody"))


class TestNamedUsers:
    @pytest.fixture
    def jp_server_config(self, jp_server_config: dict[str, Any]) -> dict[str, Any]:
        jp_server_config["P2NApp"]["ingest_per_hour"] = 1
        jp_server_config["ServerApp"]["identity_provider_class"] = NamedUsers
        return jp_server_config

    async def test_each_has_a_limit_of_their_own(self, jp_fetch: Any, papers: list[bytes]) -> None:
        def by(name: str, data: bytes) -> dict[str, Any]:
            request = form(data)
            request["headers"]["X-Name"] = name
            return request

        await jp_fetch(*API, "papers", **by("ada", papers[0]))
        assert (await refused(jp_fetch, **by("ada", papers[1]))).code == 429
        assert (await jp_fetch(*API, "papers", **by("bob", papers[1]))).code == 201


async def test_a_local_server_has_no_limit(jp_fetch: Any, papers: list[bytes], data_dir: Path) -> None:
    for data in papers:
        assert (await upload(jp_fetch, data))[0] == 201
