"""Kid mode: tell a paper's story, look at it, bring it up to date."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado import web

from p2n_schemas.storyboards import StoryRequest

from .base import P2NHandler


class PaperStoryHandler(P2NHandler):
    @web.authenticated
    @authorized
    async def get(self, paper_id: str) -> None:
        self.answer(await self.services.stories.of_paper(paper_id))

    @web.authenticated
    @authorized
    async def post(self, paper_id: str) -> None:
        story, first = await self.services.stories.tell(paper_id, self.body(StoryRequest).provider)
        self.answer(story, 201 if first else 200)


class StoryHandler(P2NHandler):
    @web.authenticated
    @authorized
    async def get(self, story_id: str) -> None:
        self.answer(await self.services.stories.get(story_id))


class StoryRefreshHandler(P2NHandler):
    @web.authenticated
    @authorized
    async def post(self, story_id: str) -> None:
        self.answer(await self.services.stories.refresh(story_id))


class StoryPictureHandler(P2NHandler):
    @web.authenticated
    @authorized
    async def get(self, story_id: str, number: str) -> None:
        data = await self.services.stories.picture(story_id, int(number))
        self.set_header("Cache-Control", "private, no-cache")
        self.set_header("X-Content-Type-Options", "nosniff")
        # Opened as a page of its own it still runs nothing and loads nothing; an image model's picture is a data: URI.
        self.set_header(
            "Content-Security-Policy",
            "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox",
        )
        self.finish(data, set_content_type="image/svg+xml")
