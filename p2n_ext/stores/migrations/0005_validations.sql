-- Determinism validations; at most one of a run goes on.
CREATE TABLE validations (
    id TEXT PRIMARY KEY,
    run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    status TEXT NOT NULL,
    created_at TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX validations_by_run ON validations (run_id, created_at, id);
CREATE UNIQUE INDEX validations_live ON validations (run_id) WHERE status = 'running';
