-- Stories: one a paper, gone with it.
CREATE TABLE storyboards (
    id TEXT PRIMARY KEY,
    paper_id TEXT NOT NULL UNIQUE REFERENCES papers (id) ON DELETE CASCADE,
    version INTEGER NOT NULL,
    body TEXT NOT NULL
);
