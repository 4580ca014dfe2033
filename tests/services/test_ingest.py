"""What comes in: checked by the real PDF reader, kept once, refused with a typed error."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from jupyter_server.utils import url_path_join
from tornado.httpclient import HTTPClientError

from p2n_ext.handlers import API_PATH
from p2n_schemas.api import PaperCreated
from p2n_schemas.errors import ErrorBody, ErrorCode

API = API_PATH.strip("/").split("/")


def form(data: bytes, filename: str = "paper.pdf") -> dict[str, Any]:
    head = f'--b\r\nContent-Disposition: form-data; name="file"; filename="{filename}"\r\n\r\n'.encode()
    return {
        "method": "POST",
        "headers": {"Content-Type": "multipart/form-data; boundary=b"},
        "body": head + data + b"\r\n--b--\r\n",
    }


async def upload(jp_fetch: Any, data: bytes, filename: str = "paper.pdf") -> tuple[int, PaperCreated]:
    response = await jp_fetch(*API, "papers", **form(data, filename))
    return response.code, PaperCreated.model_validate_json(response.body)


async def refusal(jp_fetch: Any, data: bytes) -> tuple[int, ErrorCode]:
    with pytest.raises(HTTPClientError) as caught:
        await jp_fetch(*API, "papers", **form(data))
    assert caught.value.response is not None
    return caught.value.code, ErrorBody.model_validate_json(caught.value.response.body).error.code


async def test_the_same_bytes_are_the_same_paper(jp_fetch: Any, sample_pdf: Path) -> None:
    data = sample_pdf.read_bytes()
    status, first = await upload(jp_fetch, data, "first.pdf")
    assert (status, first.created, first.paper.pages) == (201, True, 2)
    status, second = await upload(jp_fetch, data, "second.pdf")
    assert (status, second.created) == (200, False)
    assert second.paper == first.paper
    listed = json.loads((await jp_fetch(*API, "papers")).body)["papers"]
    assert [paper["id"] for paper in listed] == [first.paper.id]


async def test_the_sample_paper_is_one_click_away(jp_fetch: Any, sample_pdf: Path) -> None:
    response = await jp_fetch(*API, "papers", "sample", method="POST", body="{}")
    created = PaperCreated.model_validate_json(response.body)
    assert created.paper.size_bytes == sample_pdf.stat().st_size


async def test_a_file_name_is_only_a_name(jp_fetch: Any, sample_pdf: Path) -> None:
    _, created = await upload(jp_fetch, sample_pdf.read_bytes(), "../../etc/x.pdf")
    assert created.paper.filename == "x.pdf"


async def test_delete_takes_everything_along(jp_fetch: Any, sample_pdf: Path, data_dir: Path) -> None:
    _, created = await upload(jp_fetch, sample_pdf.read_bytes())
    verify = json.loads((await jp_fetch(*API, "papers", created.paper.id, "verify")).body)
    assert verify["pdf_exists"]
    assert verify["checksum_matches"]
    response = await jp_fetch(*API, "papers", created.paper.id, method="DELETE")
    assert response.code == 204
    assert not [path for path in (data_dir / "objects").rglob("*") if path.is_file()]
    with pytest.raises(HTTPClientError):
        await jp_fetch(*API, "papers", created.paper.id)


@pytest.mark.parametrize("data", [b"", b"hello", b"<html><body>404</body></html>", b"%PDF-1.7 and no more"])
async def test_what_is_no_pdf_is_refused(jp_fetch: Any, data: bytes) -> None:
    status, code = await refusal(jp_fetch, data)
    assert status in (415, 422)
    assert code in (ErrorCode.E_NOT_A_PDF, ErrorCode.E_PDF_DAMAGED, ErrorCode.E_PDF_EMPTY)


def make_pdf(script: str, path: Path) -> bytes:
    subprocess.run([sys.executable, "-c", script, str(path)], check=True, timeout=60)
    return path.read_bytes()


async def test_an_encrypted_pdf_is_refused(jp_fetch: Any, tmp_path: Path) -> None:
    script = (
        "import sys\nfrom reportlab.pdfgen.canvas import Canvas\nfrom reportlab.lib.pdfencrypt import StandardEncryption\n"
        "c = Canvas(sys.argv[1], encrypt=StandardEncryption(userPassword='y', ownerPassword='x'))\n"
        "c.drawString(72, 700, 'secret'); c.showPage(); c.save()"
    )
    data = make_pdf(script, tmp_path / "e.pdf")
    assert await refusal(jp_fetch, data) == (422, ErrorCode.E_PDF_ENCRYPTED)


async def test_a_pdf_without_text_is_refused(jp_fetch: Any, tmp_path: Path) -> None:
    script = (
        "import sys\nfrom reportlab.pdfgen.canvas import Canvas\n"
        "c = Canvas(sys.argv[1]); c.rect(72, 72, 200, 200, fill=1); c.showPage(); c.save()"
    )
    data = make_pdf(script, tmp_path / "i.pdf")
    assert await refusal(jp_fetch, data) == (422, ErrorCode.E_PDF_NO_TEXT)


class TestTooLarge:
    @pytest.fixture
    def jp_server_config(self, jp_server_config: dict[str, Any]) -> dict[str, Any]:
        jp_server_config["P2NApp"]["max_pdf_mb"] = 1
        return jp_server_config

    async def test_a_file_over_the_bound_is_refused(self, jp_fetch: Any) -> None:
        assert await refusal(jp_fetch, b"%PDF-" + b"x" * 1_000_001) == (413, ErrorCode.E_PDF_TOO_LARGE)
        assert await refusal(jp_fetch, b"%PDF-" + b"x" * 5_000_000) == (413, ErrorCode.E_PDF_TOO_LARGE)

    async def test_a_body_without_a_length_is_bounded_too(
        self, http_server_client: Any, jp_base_url: str, jp_auth_header: dict[str, str], http_server_port: Any
    ) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", http_server_port[1])
        path = url_path_join(jp_base_url, API_PATH, "papers")
        head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in jp_auth_header.items())
        writer.write(f"{head}Content-Type: multipart/form-data; boundary=b\r\n\r\n".encode())
        for _ in range(40):
            writer.write(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
            await writer.drain()
        writer.write(b"0\r\n\r\n")
        assert b" 413 " in await reader.readline()
        writer.close()


async def test_a_private_address_is_refused(jp_fetch: Any) -> None:
    with pytest.raises(HTTPClientError) as caught:
        await jp_fetch(*API, "papers", method="POST", body='{"url": "http://127.0.0.1:1/x.pdf"}')
    assert caught.value.response is not None
    assert ErrorBody.model_validate_json(caught.value.response.body).error.code is ErrorCode.E_URL_REFUSED
