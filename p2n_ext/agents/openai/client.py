"""The SDK's client: made when first used, off the event loop, and asked again where that may help."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from p2n_schemas.errors import P2NError

from .faults import Fault, ModelFault, fault_of, not_configured, plain_url, shown_url
from .settings import OpenAISettings

if TYPE_CHECKING:
    from openai import AsyncOpenAI

ATTEMPTS = 4
LONGEST_WAIT = 30.0
T = TypeVar("T")


class OpenAIClient:
    """One connection pool to the provider; belongs to the event loop that first used it."""

    def __init__(self, settings: OpenAISettings) -> None:
        self.settings = settings
        self._sdk: AsyncOpenAI | None = None
        self._making = asyncio.Lock()

    async def sdk(self) -> AsyncOpenAI:
        """Raises E_MODEL_NOT_CONFIGURED where the package or the key is missing."""
        async with self._making:
            if self._sdk is None:
                # the import takes about a second, and kernels share this loop
                self._sdk = await asyncio.to_thread(self._make)
            return self._sdk

    def _make(self) -> AsyncOpenAI:
        if not self.settings.api_key:
            raise not_configured(
                "There is no key for the model's provider.", "Set OPENAI_API_KEY where the server is started."
            )
        if self.settings.base_url and not plain_url(self.settings.base_url):
            # the SDK's HTTP library logs every address, and sends such a password in place of the key
            raise not_configured(
                "The base URL holds a user, a password or a query.",
                "Set P2NApp.openai_base_url without them; the key belongs into OPENAI_API_KEY.",
            )
        try:
            from openai import AsyncOpenAI
        except ImportError:
            raise not_configured(
                "The package openai is not installed.", 'Install it: pip install "p2n[openai]".'
            ) from None
        # retries are ours: each of them is paid for, and the spending cap has to know
        sdk = AsyncOpenAI(
            api_key=self.settings.api_key,
            base_url=self.settings.base_url,
            max_retries=0,
            timeout=self.settings.idle_seconds,
        )
        # these import their types when first looked at
        _ = sdk.responses, sdk.files, sdk.vector_stores.files, sdk.models
        return sdk

    async def base_url(self) -> str:
        """Where the provider is, without any secret."""
        return shown_url(str((await self.sdk()).base_url)).rstrip("/")

    def fault(self, error: Exception) -> Fault:
        return fault_of(error, self.settings.api_key)

    async def ask(
        self,
        request: Callable[[AsyncOpenAI], Awaitable[T]],
        *,
        repeatable: bool = True,
        attempts: int = ATTEMPTS,
    ) -> T:
        """A request, repeated with growing pauses where the provider is busy or failing.

        What makes something is not `repeatable`: it is sent again only where it surely made nothing.
        Raises ModelFault, and P2NError E_MODEL_NOT_CONFIGURED.
        """
        sdk = await self.sdk()
        attempt = 1
        while True:
            try:
                return await request(sdk)
            except P2NError:
                raise
            except Exception as error:
                fault = self.fault(error)
            safe = repeatable or (not fault.sent and fault.status in (None, 429, 503))
            if not (fault.again and safe and attempt < attempts) or not await self.pause(fault, attempt):
                raise ModelFault(fault)
            attempt += 1

    async def pause(self, fault: Fault, attempt: int, longest: float = LONGEST_WAIT) -> bool:
        """Wait before another try, by the provider's word or longer each time; False where that would be too long."""
        wait = fault.after
        if wait is None:
            growing = self.settings.pause_seconds * 2 ** (attempt - 1)
            wait = min(8.0, growing) * random.uniform(0.5, 1.0)
        if wait > longest:
            return False
        await asyncio.sleep(wait)
        return True

    async def close(self) -> None:
        if self._sdk is not None:
            await self._sdk.close()
            self._sdk = None
