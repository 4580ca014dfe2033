"""Signed files: the token in the address is the whole permission, so no login is asked for."""

from __future__ import annotations

from urllib.parse import quote

from jupyter_server.auth.decorator import allow_unauthenticated

from .base import P2NHandler


class SignedFileHandler(P2NHandler):
    @allow_unauthenticated
    async def get(self, token: str) -> None:
        file = await self.services.files.open(token)
        self.set_header("Cache-Control", "private, no-store")
        self.set_header("X-Content-Type-Options", "nosniff")
        # Served as a download and within a sandbox: what a container wrote never runs in Jupyter's origin.
        self.set_header("Content-Security-Policy", "default-src 'none'; sandbox")
        self.set_header("Content-Disposition", f"attachment; filename*=UTF-8''{quote(file.filename)}")
        self.finish(file.data, set_content_type=file.content_type)
