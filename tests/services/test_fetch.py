"""Fetching by URL: public addresses only, bounded, whatever a redirect says."""

from __future__ import annotations

import asyncio
import base64
import ipaddress
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from p2n_ext.services.fetch import Fetcher, IPAddress, is_public
from p2n_schemas.errors import ErrorCode, P2NError


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


def loopback(address: IPAddress) -> bool:
    return address == ipaddress.ip_address("127.0.0.1")


@asynccontextmanager
async def serving(answer: Callable[[str, asyncio.StreamWriter], Awaitable[None]]) -> AsyncIterator[str]:
    handlers: set[asyncio.Task[None] | None] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        handlers.add(asyncio.current_task())
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            await answer(head.split(b" ")[1].decode(), writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        for handler in filter(None, handlers):
            handler.cancel()
        await asyncio.gather(*filter(None, handlers), return_exceptions=True)


def respond(body: bytes, length: int | None = None) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (len(body) if length is None else length) + body


async def refusal(fetcher: Fetcher, url: str) -> ErrorCode:
    with pytest.raises(P2NError) as caught:
        await fetcher.get(url)
    return caught.value.code


async def test_follows_redirects_and_names_the_file() -> None:
    async def answer(path: str, writer: asyncio.StreamWriter) -> None:
        if path == "/start":
            writer.write(b"HTTP/1.1 302 Found\r\nLocation: /deep/a%20paper.pdf\r\nContent-Length: 0\r\n\r\n")
        else:
            writer.write(respond(b"%PDF-1.7"))

    async with serving(answer) as base:
        fetched = await Fetcher(1000, allowed=loopback).get(f"{base}/start")
    assert (fetched.data, fetched.filename) == (b"%PDF-1.7", "a paper.pdf")


async def test_a_redirect_to_a_private_address_is_refused() -> None:
    async def answer(path: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.2:9/x\r\nContent-Length: 0\r\n\r\n")

    async with serving(answer) as base:
        assert await refusal(Fetcher(1000, allowed=loopback), base) is ErrorCode.E_URL_REFUSED


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/x.pdf",
        "http://localhost:8888/x.pdf",
        "http://[::1]/x.pdf",
        "http://169.254.169.254/latest/meta-data",
        "http://10.0.0.1/",
        "http://0x7f000001/",
        "http://2130706433/",
        "file:///etc/passwd",
        "ftp://example.org/x.pdf",
        "http://user:secret@example.org/x.pdf",
        "http:///x.pdf",
        "http://[::1",
        "http://8.8.8.8:99999/x.pdf",
        "http://8.8.8.8:x/x.pdf",
        "http://8.8.8.8:0/x.pdf",
    ],
)
async def test_what_is_not_public_http_is_refused(url: str) -> None:
    assert await refusal(Fetcher(1000), url) is ErrorCode.E_URL_REFUSED


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("192.168.1.1", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::a00:1", False),
        ("2002:a00:1::", False),
        ("fe80::1", False),
        ("fd00::1", False),
    ],
)
def test_which_addresses_are_public(address: str, public: bool) -> None:
    assert is_public(ipaddress.ip_address(address)) is public


async def test_too_large_is_refused_by_its_head_and_by_its_body() -> None:
    async def honest(path: str, writer: asyncio.StreamWriter) -> None:
        writer.write(respond(b"", length=10**9))

    async def chunked(path: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(100):
            writer.write(b"400\r\n" + b"x" * 1024 + b"\r\n")
            await writer.drain()

    for answer in (honest, chunked):
        async with serving(answer) as base:
            assert await refusal(Fetcher(5000, allowed=loopback), base) is ErrorCode.E_PDF_TOO_LARGE


async def test_a_server_that_never_ends_is_left() -> None:
    async def trickle(path: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(100):
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.05)

    async with serving(trickle) as base:
        assert (
            await refusal(Fetcher(5000, seconds=0.3, allowed=loopback), base) is ErrorCode.E_URL_UNREACHABLE
        )


async def test_redirects_are_counted() -> None:
    async def around(path: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n")

    async with serving(around) as base:
        assert await refusal(Fetcher(5000, allowed=loopback), base) is ErrorCode.E_URL_REFUSED


@pytest.mark.parametrize("location", ["http://[::1", "/é.pdf".encode().decode("latin-1"), "http://x:99999/"])
async def test_a_strange_redirect_is_a_typed_error(location: str) -> None:
    async def strange(path: str, writer: asyncio.StreamWriter) -> None:
        head = b"HTTP/1.1 302 Found\r\nLocation: " + location.encode("latin-1")
        writer.write((head if path == "/" else b"HTTP/1.1 404 No") + b"\r\nContent-Length: 0\r\n\r\n")

    async with serving(strange) as base:
        code = await refusal(Fetcher(5000, allowed=loopback), f"{base}/")
    assert code in (ErrorCode.E_URL_REFUSED, ErrorCode.E_URL_UNREACHABLE)


async def test_a_proxy_gets_its_login_and_no_name_that_can_not_be_checked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    heads: list[bytes] = []

    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(respond(b"%PDF-1.7"))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(proxy, "127.0.0.1", 0)
    async with server:
        monkeypatch.setenv("http_proxy", f"http://me:s%40t@127.0.0.1:{server.sockets[0].getsockname()[1]}")
        monkeypatch.setenv("no_proxy", "")
        url = "http://vault.corp.invalid/admin.pdf"
        assert await refusal(Fetcher(1000), url) is ErrorCode.E_URL_UNREACHABLE
        assert heads == []
        assert (await Fetcher(1000, trust_proxy=True).get(url)).data == b"%PDF-1.7"
    assert b"proxy-authorization: basic " + base64.b64encode(b"me:s@t").lower() in heads[0].lower()


async def test_an_error_answer_and_a_closed_port_are_unreachable() -> None:
    async def missing(path: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")

    async with serving(missing) as base:
        assert await refusal(Fetcher(5000, allowed=loopback), base) is ErrorCode.E_URL_UNREACHABLE
    assert await refusal(Fetcher(5000, allowed=loopback), base) is ErrorCode.E_URL_UNREACHABLE
