-- Rows keep their whole object as JSON in `body`; columns exist only for what is searched or constrained.
CREATE TABLE papers (
    id TEXT PRIMARY KEY,
    created_at TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE TABLE claims (
    id TEXT PRIMARY KEY,
    paper_id TEXT NOT NULL REFERENCES papers (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    status TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX claims_by_paper ON claims (paper_id, position);
CREATE TABLE plans (
    id TEXT PRIMARY KEY,
    paper_id TEXT NOT NULL REFERENCES papers (id) ON DELETE CASCADE,
    created_at TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX plans_by_paper ON plans (paper_id, created_at);
CREATE TABLE runs (
    id TEXT PRIMARY KEY,
    plan_id TEXT NOT NULL REFERENCES plans (id) ON DELETE CASCADE,
    paper_id TEXT NOT NULL REFERENCES papers (id) ON DELETE CASCADE,
    status TEXT NOT NULL,
    created_at TEXT NOT NULL,
    idempotency_key TEXT UNIQUE,
    body TEXT NOT NULL
);
CREATE INDEX runs_by_paper ON runs (paper_id, created_at);
CREATE INDEX runs_by_status ON runs (status, created_at);
