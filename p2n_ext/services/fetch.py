"""Fetching a paper from a URL without becoming anyone's way into a private network."""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
import urllib.request
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote, urljoin, urlsplit

import httpcore

from p2n_schemas.errors import ErrorCode, P2NError

_REDIRECTS = 5
_CHUNK_SECONDS = 20.0
_CONNECTION_ERRORS = (
    httpcore.NetworkError,
    httpcore.TimeoutException,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.UnsupportedProtocol,
)

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


def is_public(address: IPAddress) -> bool:
    """Whether an address belongs to the public internet (IANA special-purpose registries)."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo and address.teredo[1])
        if inner:
            return is_public(inner)
        # NAT64 (RFC 6052) wraps an IPv4 address that is_global does not look at.
        if address in ipaddress.ip_network("64:ff9b::/96"):
            return is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return address.is_global and not address.is_multicast


@dataclass(frozen=True)
class Fetched:
    data: bytes
    filename: str


class _CheckedBackend(httpcore.AsyncNetworkBackend):
    """Connects to the very address that was checked, so that a second look-up can't give another."""

    def __init__(self, allowed: Callable[[IPAddress], bool]) -> None:
        self._inner = httpcore.AnyIOBackend()
        self._allowed = allowed

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        addresses = await resolve(host, port)
        refused = [address for address in addresses if not self._allowed(address)]
        if refused:
            raise _refused(f"{host} is not a public address.")
        return await self._inner.connect_tcp(str(addresses[0]), port, timeout, local_address, socket_options)

    async def connect_unix_socket(self, *args: Any, **kwargs: Any) -> httpcore.AsyncNetworkStream:
        raise _refused("Unix sockets are not fetched from.")

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)


async def resolve(host: str, port: int) -> list[IPAddress]:
    """Every address of a host. Raises E_URL_UNREACHABLE."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=1)
    except (OSError, UnicodeError):
        raise _unreachable(f"{host} has no address.") from None
    return [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]


class Fetcher:
    """GET with bounds: http(s) only, public addresses only (after every redirect too), size and time."""

    def __init__(
        self,
        max_bytes: int,
        seconds: float = 60.0,
        allowed: Callable[[IPAddress], bool] = is_public,
        trust_proxy: bool = False,
    ) -> None:
        self._trust_proxy = trust_proxy
        self._max_bytes = max_bytes
        self._seconds = seconds
        self._allowed = allowed

    async def get(self, url: str) -> Fetched:
        """Raises E_URL_REFUSED, E_URL_UNREACHABLE, E_PDF_TOO_LARGE."""
        try:
            async with asyncio.timeout(self._seconds):
                return await self._follow(url)
        except TimeoutError:
            raise _unreachable(f"No answer in whole within {self._seconds:.0f} s.") from None
        except P2NError:
            raise
        except (*_CONNECTION_ERRORS, OSError) as error:
            raise _unreachable(f"The connection failed: {type(error).__name__}.") from None
        except (ValueError, TypeError):
            # The many ways in which an address, or a server's head, can be none.
            raise _refused("This is not a valid address, or it led to one that is not.") from None

    async def _follow(self, url: str) -> Fetched:
        for _ in range(_REDIRECTS + 1):
            parts = urlsplit(url)
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise _refused("Only http and https addresses are fetched.")
            if parts.username or parts.password:
                raise _refused("An address with a user name or password is not fetched.")
            if parts.port == 0:
                raise _refused("Port 0 is no port.")
            host = (
                parts.hostname.encode("idna").decode() if ":" not in parts.hostname else f"[{parts.hostname}]"
            )
            place = f"{host}:{parts.port}" if parts.port else host
            path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
            url = f"{parts.scheme}://{place}{path}"
            if parts.query:
                url += "?" + quote(parts.query, safe="/%:@!$&'()*+,;=~-._?")
            answer = await self._get(url, parts.scheme, parts.hostname)
            if isinstance(answer, Fetched):
                return answer
            url = urljoin(url, answer)
        raise _refused(f"More than {_REDIRECTS} redirects.")

    async def _get(self, url: str, scheme: str, host: str) -> Fetched | str:
        """The document, or where it has moved to."""
        async with await self._pool(scheme, host) as pool:
            timeout = {"connect": 10.0, "read": _CHUNK_SECONDS, "write": 10.0, "pool": 5.0}
            headers = [
                ("Host", urlsplit(url).netloc),
                ("User-Agent", "p2n"),
                ("Accept", "application/pdf, */*;q=0.5"),
            ]
            async with pool.stream("GET", url, headers=headers, extensions={"timeout": timeout}) as response:
                fields = {name.lower(): value.decode("latin-1") for name, value in response.headers}
                if response.status in (301, 302, 303, 307, 308) and b"location" in fields:
                    return fields[b"location"]
                if response.status != 200:
                    raise _unreachable(f"The server answered {response.status}.")
                if int(fields.get(b"content-length", "0") or 0) > self._max_bytes:
                    raise too_large(self._max_bytes)
                data = bytearray()
                async for chunk in response.aiter_stream():
                    data += chunk
                    if len(data) > self._max_bytes:
                        raise too_large(self._max_bytes)
        name = unquote(urlsplit(url).path.rpartition("/")[2]) or "paper.pdf"
        return Fetched(bytes(data), name)

    async def _pool(self, scheme: str, host: str) -> httpcore.AsyncConnectionPool:
        context = ssl.create_default_context()
        proxy = urllib.request.getproxies().get(scheme)
        if not proxy or urllib.request.proxy_bypass(host):
            return httpcore.AsyncConnectionPool(
                ssl_context=context, network_backend=_CheckedBackend(self._allowed)
            )
        # Behind a proxy it is the proxy that looks the name up and connects, so a name that can't be checked from
        # here may lead into the very network that the proxy stands in.
        if not self._trust_proxy:
            addresses = await resolve(host, 443)
            if any(not self._allowed(address) for address in addresses):
                raise _refused(f"{host} is not a public address.")
        parts = urlsplit(proxy)
        login = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
        address = f"{parts.scheme or 'http'}://{parts.hostname}:{parts.port or 80}"
        return httpcore.AsyncHTTPProxy(proxy_url=address, proxy_auth=login, ssl_context=context)


def too_large(max_bytes: int) -> P2NError:
    return P2NError(
        ErrorCode.E_PDF_TOO_LARGE,
        f"The file is larger than {max_bytes / 1e6:.0f} MB.",
        "Take a smaller version of the paper, or raise P2NApp.max_pdf_mb.",
        {"max_bytes": max_bytes},
    )


def _refused(message: str) -> P2NError:
    return P2NError(
        ErrorCode.E_URL_REFUSED, message, "Give a public http(s) address of a PDF, or upload the file itself."
    )


def _unreachable(message: str) -> P2NError:
    return P2NError(
        ErrorCode.E_URL_UNREACHABLE,
        message,
        "Check the address in a browser, or download the PDF and upload it.",
    )
