"""What works, what does not, and how to mend it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from p2n_schemas.api import Check, Doctor
from p2n_schemas.redaction import Redactor

CheckSource = Callable[[], Awaitable[Sequence[Check]]]


class DoctorService:
    def __init__(
        self, version: str, sources: Sequence[CheckSource], redactor: Redactor | None = None
    ) -> None:
        self._redactor = redactor or Redactor()
        self.version = version
        self._sources = sources

    async def examine(self) -> Doctor:
        """Every check once; a source that fails is itself a finding, never an error."""
        checks: list[Check] = []
        for source in self._sources:
            try:
                checks.extend(await source())
            except Exception as error:
                name = getattr(source, "__qualname__", "check").partition(".")[0]
                checks.append(
                    Check(
                        name=name,
                        status="failed",
                        message=type(error).__name__,
                        remediation="See the server's log.",
                    )
                )
        return Doctor(version=self.version, checks=[self._clean(check) for check in checks])

    def _clean(self, check: Check) -> Check:
        words = {"message": check.message, "remediation": check.remediation, "url": check.url}
        return check.model_copy(update=self._redactor.value(words))
