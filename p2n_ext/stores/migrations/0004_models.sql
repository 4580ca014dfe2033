-- What models have cost, and what their provider keeps of a paper. Neither refers to papers: what was spent on a PDF
-- stays spent when it is deleted and comes again, and an index is made before its paper's row.
CREATE TABLE model_calls (
    id TEXT PRIMARY KEY,
    paper_id TEXT NOT NULL,
    at TEXT NOT NULL,
    cost_usd REAL NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX model_calls_by_paper ON model_calls (paper_id, at);
CREATE TABLE remote_indexes (
    paper_id TEXT PRIMARY KEY,
    body TEXT NOT NULL
);
