"""Stories at Supabase: one a paper, each version over the one that it was made from."""

from __future__ import annotations

from p2n_schemas.storyboards import Storyboard

from .supabase_connection import SupabaseConnection

_STORYBOARDS = "p2n_storyboards"


class StoryboardRows(SupabaseConnection):
    async def put_storyboard(self, story: Storyboard) -> bool:
        kept = await self.write(
            "put_storyboard",
            id=story.id,
            paper_id=story.paper_id,
            version=story.version,
            body=story.model_dump_json(),
        )
        return bool(kept)

    async def get_storyboard(self, story_id: str) -> Storyboard | None:
        body = await self.body(_STORYBOARDS, "id", story_id)
        return None if body is None else Storyboard.model_validate_json(body)

    async def paper_storyboard(self, paper_id: str) -> Storyboard | None:
        body = await self.body(_STORYBOARDS, "paper_id", paper_id)
        return None if body is None else Storyboard.model_validate_json(body)
