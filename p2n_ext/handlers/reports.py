"""The report of a paper: as an answer, and as files to keep."""

from __future__ import annotations

import contextlib

from jupyter_server.auth.decorator import authorized
from tornado import iostream, web

from p2n_schemas.base import Schema

from ..services.report_files import Form
from .base import P2NHandler


class ReportHandler(P2NHandler):
    @web.authenticated
    @authorized
    async def get(self, paper_id: str) -> None:
        self.answer(await self.services.reports.report(paper_id))


class _ReportFileHandler(P2NHandler):
    async def give(self, paper_id: str, form: Form, *, with_pdf: bool = False) -> None:
        """Sent as it is read; whoever goes away leaves nothing open."""
        file = await self.services.report_files.make(paper_id, form, with_pdf=with_pdf)
        self.set_header("Cache-Control", "no-store")
        self.set_header("X-Content-Type-Options", "nosniff")
        # A page that is opened here still runs nothing, and can't act for who is logged in.
        self.set_header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox")
        self.set_header("Content-Disposition", f'attachment; filename="{file.filename}"')
        self.set_header("Content-Type", file.content_type)
        self.set_header("Content-Length", str(file.size))
        async with contextlib.aclosing(file.blocks()) as blocks:
            with contextlib.suppress(iostream.StreamClosedError):
                async for block in blocks:
                    self.write(block)
                    await self.flush()
                self.finish(set_content_type=file.content_type)


class ReportJsonHandler(_ReportFileHandler):
    @web.authenticated
    @authorized
    async def get(self, paper_id: str) -> None:
        await self.give(paper_id, "json")


class ReportMarkdownHandler(_ReportFileHandler):
    @web.authenticated
    @authorized
    async def get(self, paper_id: str) -> None:
        await self.give(paper_id, "md")


class ReportHtmlHandler(_ReportFileHandler):
    @web.authenticated
    @authorized
    async def get(self, paper_id: str) -> None:
        await self.give(paper_id, "html")


class _CrateQuery(Schema):
    pdf: bool = False


class ReportCrateHandler(_ReportFileHandler):
    @web.authenticated
    @authorized
    async def get(self, paper_id: str) -> None:
        await self.give(paper_id, "crate.zip", with_pdf=self.query(_CrateQuery).pdf)
