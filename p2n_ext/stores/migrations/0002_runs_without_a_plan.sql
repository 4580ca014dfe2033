-- A person's own notebook is run without a plan; SQLite can't drop NOT NULL, so the table is made anew.
CREATE TABLE runs_anew (
    id TEXT PRIMARY KEY,
    plan_id TEXT REFERENCES plans (id) ON DELETE CASCADE,
    paper_id TEXT REFERENCES papers (id) ON DELETE CASCADE,
    status TEXT NOT NULL,
    created_at TEXT NOT NULL,
    idempotency_key TEXT UNIQUE,
    body TEXT NOT NULL
);
INSERT INTO runs_anew (id, plan_id, paper_id, status, created_at, idempotency_key, body)
    SELECT id, plan_id, paper_id, status, created_at, idempotency_key, body FROM runs;
DROP TABLE runs;
ALTER TABLE runs_anew RENAME TO runs;
CREATE INDEX runs_by_time ON runs (created_at, id);
CREATE INDEX runs_by_paper ON runs (paper_id, created_at, id);
CREATE INDEX runs_by_plan ON runs (plan_id, created_at, id);
CREATE INDEX runs_by_status ON runs (status, created_at, id);
-- When each user's papers came in, for as long as the window of the rate limit; seconds since 1970.
CREATE TABLE turns (
    who TEXT NOT NULL,
    taken_at REAL NOT NULL
);
CREATE INDEX turns_by_who ON turns (who, taken_at);
-- Ends that the webhook is still to be told; no reference to runs, since a deleted run's end is told too.
CREATE TABLE deliveries (
    id TEXT PRIMARY KEY,
    attempts INTEGER NOT NULL,
    due_at REAL NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX deliveries_by_due ON deliveries (due_at);
