"""Handing out the object that a signed link names."""

from __future__ import annotations

from dataclasses import dataclass

from ..protocols import LinkOpener, ObjectStore


@dataclass(frozen=True)
class File:
    data: bytes
    filename: str
    content_type: str


class FileService:
    def __init__(self, objects: ObjectStore, links: LinkOpener) -> None:
        self._objects = objects
        self._links = links

    async def open(self, token: str) -> File:
        """Raises E_SIGNATURE_INVALID, E_SIGNATURE_EXPIRED, E_NOT_FOUND."""
        signed = self._links.open(token)
        return File(await self._objects.get(signed.key), signed.filename, signed.content_type)
