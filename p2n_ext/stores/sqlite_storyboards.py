"""Stories in SQLite: one a paper, each version over the one that it was made from."""

from __future__ import annotations

import sqlite3

from p2n_schemas.storyboards import Storyboard

from .sqlite_connection import SqliteConnection


class StoryboardRows(SqliteConnection):
    async def put_storyboard(self, story: Storyboard) -> bool:
        def put(db: sqlite3.Connection) -> bool:
            if not db.execute("SELECT 1 FROM papers WHERE id = ?", (story.paper_id,)).fetchone():
                return False
            changed = db.execute(
                "INSERT INTO storyboards (id, paper_id, version, body) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (paper_id) DO UPDATE SET version = excluded.version, body = excluded.body"
                " WHERE storyboards.id = excluded.id AND storyboards.version = excluded.version - 1",
                (story.id, story.paper_id, story.version, story.model_dump_json()),
            )
            return changed.rowcount == 1

        return await self._do(put, write=True)

    async def get_storyboard(self, story_id: str) -> Storyboard | None:
        return await self._one("SELECT body FROM storyboards WHERE id = ?", story_id)

    async def paper_storyboard(self, paper_id: str) -> Storyboard | None:
        return await self._one("SELECT body FROM storyboards WHERE paper_id = ?", paper_id)

    async def _one(self, query: str, key: str) -> Storyboard | None:
        row = await self._do(lambda db: db.execute(query, (key,)).fetchone())
        return Storyboard.model_validate_json(row[0]) if row else None
