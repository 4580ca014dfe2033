-- Rows keep their whole object as JSON text in `body`, unchanged (json, not jsonb: key order and escapes are kept);
-- columns exist only for what is searched or constrained. Times are UTC; `_at double precision` is seconds since 1970.
CREATE TABLE public.p2n_migrations (
    version integer PRIMARY KEY CHECK (version > 0),
    name text NOT NULL,
    sha256 text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE public.p2n_papers (
    id text PRIMARY KEY,
    created_at timestamptz NOT NULL,
    created_by text,
    version bigint NOT NULL DEFAULT 1,
    body json NOT NULL
);
CREATE INDEX p2n_papers_by_time ON public.p2n_papers (created_at, id);

CREATE TABLE public.p2n_claims (
    id text PRIMARY KEY,
    paper_id text NOT NULL REFERENCES public.p2n_papers (id) ON DELETE CASCADE,
    position integer NOT NULL CHECK (position >= 0),
    status text NOT NULL CHECK (status IN ('proposed', 'confirmed', 'corrected', 'rejected')),
    version bigint NOT NULL DEFAULT 1,
    body json NOT NULL
);
CREATE INDEX p2n_claims_by_paper ON public.p2n_claims (paper_id, position, id);

CREATE TABLE public.p2n_plans (
    id text PRIMARY KEY,
    paper_id text NOT NULL REFERENCES public.p2n_papers (id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL,
    created_by text,
    version bigint NOT NULL DEFAULT 1,
    body json NOT NULL
);
CREATE INDEX p2n_plans_by_paper ON public.p2n_plans (paper_id, created_at, id);

CREATE TABLE public.p2n_runs (
    id text PRIMARY KEY,
    plan_id text REFERENCES public.p2n_plans (id) ON DELETE CASCADE,
    paper_id text REFERENCES public.p2n_papers (id) ON DELETE CASCADE,
    status text NOT NULL CHECK (status IN ('queued', 'running', 'succeeded', 'failed', 'timeout', 'cancelled')),
    created_at timestamptz NOT NULL,
    created_by text,
    idempotency_key text UNIQUE,
    version bigint NOT NULL DEFAULT 1,
    body json NOT NULL
);
CREATE INDEX p2n_runs_by_time ON public.p2n_runs (created_at, id);
CREATE INDEX p2n_runs_by_paper ON public.p2n_runs (paper_id, created_at, id);
CREATE INDEX p2n_runs_by_plan ON public.p2n_runs (plan_id, created_at, id);
CREATE INDEX p2n_runs_by_status ON public.p2n_runs (status, created_at, id);

-- At most one validation of a run goes on.
CREATE TABLE public.p2n_validations (
    id text PRIMARY KEY,
    run_id text NOT NULL REFERENCES public.p2n_runs (id) ON DELETE CASCADE,
    status text NOT NULL,
    created_at timestamptz NOT NULL,
    body json NOT NULL
);
CREATE INDEX p2n_validations_by_run ON public.p2n_validations (run_id, created_at, id);
CREATE UNIQUE INDEX p2n_validations_live ON public.p2n_validations (run_id) WHERE status = 'running';

CREATE TABLE public.p2n_datasets (
    id text PRIMARY KEY,
    name text NOT NULL UNIQUE,
    created_at timestamptz NOT NULL,
    created_by text,
    version bigint NOT NULL DEFAULT 1,
    body json NOT NULL
);
CREATE INDEX p2n_datasets_by_time ON public.p2n_datasets (created_at, id);

-- What models have cost, and what their provider keeps of a paper. Neither refers to papers: what was spent on a PDF
-- stays spent when it is deleted and comes again, and an index is made before its paper's row.
CREATE TABLE public.p2n_model_calls (
    id text PRIMARY KEY,
    paper_id text NOT NULL,
    at timestamptz NOT NULL,
    cost_usd double precision NOT NULL CHECK (cost_usd >= 0),
    body json NOT NULL
);
CREATE INDEX p2n_model_calls_by_paper ON public.p2n_model_calls (paper_id, at, id);
CREATE TABLE public.p2n_remote_indexes (
    paper_id text PRIMARY KEY,
    body json NOT NULL
);

-- When each user's papers came in, for as long as the window of the rate limit.
CREATE TABLE public.p2n_turns (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    who text NOT NULL,
    taken_at double precision NOT NULL
);
CREATE INDEX p2n_turns_by_who ON public.p2n_turns (who, taken_at);

-- Ends that the webhook is still to be told; no reference to runs, since a deleted run's end is told too.
CREATE TABLE public.p2n_deliveries (
    id text PRIMARY KEY,
    position bigint GENERATED ALWAYS AS IDENTITY,
    attempts integer NOT NULL CHECK (attempts >= 0),
    due_at double precision NOT NULL,
    body json NOT NULL
);
CREATE INDEX p2n_deliveries_by_due ON public.p2n_deliveries (due_at);

-- The answer to each write of the last hour: one that is sent again because its answer was lost is not done twice.
CREATE TABLE public.p2n_requests (
    id uuid PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    answer json
);
CREATE INDEX p2n_requests_by_time ON public.p2n_requests (at);

-- What PostgREST does not show: it serves the schema public.
CREATE SCHEMA p2n_private;

-- Every change is a new version, and whoever made a row first stays its owner.
CREATE FUNCTION p2n_private.next_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.version := OLD.version + 1;
    RETURN NEW;
END $$;
CREATE FUNCTION p2n_private.keep_owner() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.created_by := coalesce(OLD.created_by, NEW.created_by);
    RETURN NEW;
END $$;
CREATE TRIGGER p2n_version BEFORE UPDATE ON public.p2n_papers
    FOR EACH ROW EXECUTE FUNCTION p2n_private.next_version();
CREATE TRIGGER p2n_version BEFORE UPDATE ON public.p2n_claims
    FOR EACH ROW EXECUTE FUNCTION p2n_private.next_version();
CREATE TRIGGER p2n_version BEFORE UPDATE ON public.p2n_plans
    FOR EACH ROW EXECUTE FUNCTION p2n_private.next_version();
CREATE TRIGGER p2n_version BEFORE UPDATE ON public.p2n_runs
    FOR EACH ROW EXECUTE FUNCTION p2n_private.next_version();
CREATE TRIGGER p2n_version BEFORE UPDATE ON public.p2n_datasets
    FOR EACH ROW EXECUTE FUNCTION p2n_private.next_version();
CREATE TRIGGER p2n_owner BEFORE UPDATE ON public.p2n_papers
    FOR EACH ROW EXECUTE FUNCTION p2n_private.keep_owner();
CREATE TRIGGER p2n_owner BEFORE UPDATE ON public.p2n_plans
    FOR EACH ROW EXECUTE FUNCTION p2n_private.keep_owner();
CREATE TRIGGER p2n_owner BEFORE UPDATE ON public.p2n_runs
    FOR EACH ROW EXECUTE FUNCTION p2n_private.keep_owner();
CREATE TRIGGER p2n_owner BEFORE UPDATE ON public.p2n_datasets
    FOR EACH ROW EXECUTE FUNCTION p2n_private.keep_owner();

-- A terminal state is never left, whoever writes.
CREATE FUNCTION p2n_private.stay_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status NOT IN ('queued', 'running') AND NEW.status <> OLD.status THEN
        RAISE EXCEPTION 'run % has ended: %', OLD.id, OLD.status USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER p2n_stay_ended BEFORE UPDATE OF status ON public.p2n_runs
    FOR EACH ROW EXECUTE FUNCTION p2n_private.stay_ended();

CREATE FUNCTION p2n_private.seconds() RETURNS double precision LANGUAGE sql VOLATILE
    AS $$ SELECT extract(epoch FROM clock_timestamp())::double precision $$;

-- The operations below are each one transaction; arguments and answers are JSON, a body is JSON text within it.

-- {id, created_at, created_by, body}
CREATE FUNCTION p2n_private.put_paper(arguments json) RETURNS json LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO public.p2n_papers (id, created_at, created_by, body)
        VALUES (
            arguments->>'id', (arguments->>'created_at')::timestamptz, arguments->>'created_by',
            (arguments->>'body')::json
        )
        ON CONFLICT (id) DO UPDATE SET created_by = excluded.created_by, body = excluded.body;
    RETURN 'true';
END $$;

-- {id, paper_id, created_at, created_by, body}
CREATE FUNCTION p2n_private.put_plan(arguments json) RETURNS json LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO public.p2n_plans (id, paper_id, created_at, created_by, body)
        VALUES (
            arguments->>'id', arguments->>'paper_id', (arguments->>'created_at')::timestamptz,
            arguments->>'created_by', (arguments->>'body')::json
        )
        ON CONFLICT (id) DO UPDATE SET created_by = excluded.created_by, body = excluded.body;
    RETURN 'true';
END $$;

-- {id, name, created_at, created_by, body}: null, or the id of another dataset that has the name.
CREATE FUNCTION p2n_private.put_dataset(arguments json) RETURNS json LANGUAGE plpgsql AS $$
DECLARE
    other text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('p2n.datasets', 0));
    SELECT id INTO other FROM public.p2n_datasets
        WHERE name = arguments->>'name' AND id <> arguments->>'id';
    IF FOUND THEN
        RETURN to_json(other);
    END IF;
    INSERT INTO public.p2n_datasets (id, name, created_at, created_by, body)
        VALUES (
            arguments->>'id', arguments->>'name', (arguments->>'created_at')::timestamptz,
            arguments->>'created_by', (arguments->>'body')::json
        )
        ON CONFLICT (id) DO UPDATE
        SET name = excluded.name, created_by = excluded.created_by, body = excluded.body;
    RETURN 'null';
END $$;

-- {paper_id, paper_version, paper_body, known: {claim id: version}, moved: [{id, position}],
--  fresh: [{id, position, status, body}]}: true, or false where somebody changed the claims or the paper meanwhile.
CREATE FUNCTION p2n_private.replace_claims(arguments json) RETURNS json LANGUAGE plpgsql AS $$
DECLARE
    paper text := arguments->>'paper_id';
    present jsonb;
BEGIN
    PERFORM 1 FROM public.p2n_papers
        WHERE id = paper AND version = (arguments->>'paper_version')::bigint FOR UPDATE;
    IF NOT FOUND THEN
        RETURN 'false';
    END IF;
    PERFORM 1 FROM public.p2n_claims WHERE paper_id = paper FOR UPDATE;
    SELECT coalesce(jsonb_object_agg(id, version), '{}') INTO present
        FROM public.p2n_claims WHERE paper_id = paper;
    IF present <> (arguments->'known')::jsonb THEN
        RETURN 'false';
    END IF;
    DELETE FROM public.p2n_claims WHERE paper_id = paper AND status = 'proposed';
    UPDATE public.p2n_claims AS claim SET position = moved.position
        FROM json_to_recordset(arguments->'moved') AS moved (id text, position integer)
        WHERE claim.id = moved.id AND claim.paper_id = paper;
    INSERT INTO public.p2n_claims (id, paper_id, position, status, body)
        SELECT fresh.id, paper, fresh.position, fresh.status, fresh.body::json
        FROM json_to_recordset(arguments->'fresh') AS fresh (id text, position integer, status text, body text);
    UPDATE public.p2n_papers SET body = (arguments->>'paper_body')::json WHERE id = paper;
    RETURN 'true';
END $$;

-- {id, version, status, body}: whether the claim was still of that version.
CREATE FUNCTION p2n_private.change_claim(arguments json) RETURNS json LANGUAGE plpgsql AS $$
BEGIN
    UPDATE public.p2n_claims SET status = arguments->>'status', body = (arguments->>'body')::json
        WHERE id = arguments->>'id' AND version = (arguments->>'version')::bigint;
    RETURN to_json(FOUND);
END $$;

-- {id, plan_id, paper_id, status, created_at, created_by, idempotency_key, body, queue_bound}:
-- {run: body} of the new one or of the one with that key, or {live: how many} where the queue is full.
CREATE FUNCTION p2n_private.add_run(arguments json) RETURNS json LANGUAGE plpgsql AS $$
DECLARE
    known json;
    live bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('p2n.queue', 0));
    SELECT body INTO known FROM public.p2n_runs WHERE idempotency_key = arguments->>'idempotency_key';
    IF FOUND THEN
        RETURN json_build_object('run', known::text);
    END IF;
    SELECT count(*) INTO live FROM public.p2n_runs WHERE status IN ('queued', 'running');
    IF live >= (arguments->>'queue_bound')::bigint THEN
        RETURN json_build_object('live', live);
    END IF;
    INSERT INTO public.p2n_runs (id, plan_id, paper_id, status, created_at, created_by, idempotency_key, body)
        VALUES (
            arguments->>'id', arguments->>'plan_id', arguments->>'paper_id', arguments->>'status',
            (arguments->>'created_at')::timestamptz, arguments->>'created_by', arguments->>'idempotency_key',
            (arguments->>'body')::json
        );
    RETURN json_build_object('run', arguments->>'body');
END $$;

-- {id, version, status, body, announce, deliveries_kept}: whether the run was still of that version.
CREATE FUNCTION p2n_private.change_run(arguments json) RETURNS json LANGUAGE plpgsql AS $$
BEGIN
    UPDATE public.p2n_runs SET status = arguments->>'status', body = (arguments->>'body')::json
        WHERE id = arguments->>'id' AND version = (arguments->>'version')::bigint;
    IF NOT FOUND THEN
        RETURN 'false';
    END IF;
    IF (arguments->>'announce')::boolean THEN
        -- A run ends once, so its id makes the delivery's: who is told twice can see it.
        INSERT INTO public.p2n_deliveries (id, attempts, due_at, body)
            VALUES (arguments->>'id' || '.ended', 0, p2n_private.seconds(), (arguments->>'body')::json);
        DELETE FROM public.p2n_deliveries WHERE id IN (
            SELECT id FROM public.p2n_deliveries ORDER BY position DESC
            OFFSET (arguments->>'deliveries_kept')::integer
        );
    END IF;
    RETURN 'true';
END $$;

-- {id}: whether there is no such row any more; one of a run that has not ended stays.
CREATE FUNCTION p2n_private.delete_run(arguments json) RETURNS json LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM public.p2n_runs WHERE id = arguments->>'id' AND status NOT IN ('queued', 'running');
    RETURN to_json(NOT EXISTS (SELECT 1 FROM public.p2n_runs WHERE id = arguments->>'id'));
END $$;

-- {id, run_id, status, created_at, body}: the body of the one that goes on, or null where the run is gone.
CREATE FUNCTION p2n_private.open_validation(arguments json) RETURNS json LANGUAGE plpgsql AS $$
DECLARE
    known json;
BEGIN
    PERFORM 1 FROM public.p2n_runs WHERE id = arguments->>'run_id' FOR UPDATE;
    IF NOT FOUND THEN
        RETURN 'null';
    END IF;
    SELECT body INTO known FROM public.p2n_validations
        WHERE run_id = arguments->>'run_id' AND status = 'running';
    IF FOUND THEN
        RETURN to_json(known::text);
    END IF;
    INSERT INTO public.p2n_validations (id, run_id, status, created_at, body)
        VALUES (
            arguments->>'id', arguments->>'run_id', arguments->>'status',
            (arguments->>'created_at')::timestamptz, (arguments->>'body')::json
        );
    RETURN to_json(arguments->>'body');
END $$;

-- {id, status, body}: whether it went on.
CREATE FUNCTION p2n_private.keep_validation(arguments json) RETURNS json LANGUAGE plpgsql AS $$
BEGIN
    UPDATE public.p2n_validations SET status = arguments->>'status', body = (arguments->>'body')::json
        WHERE id = arguments->>'id' AND status = 'running';
    RETURN to_json(FOUND);
END $$;

-- {lease_seconds, limit}: [{id, attempts, body}], oldest first.
CREATE FUNCTION p2n_private.claim_deliveries(arguments json) RETURNS json LANGUAGE sql AS $$
    WITH due AS (
        SELECT id, due_at, attempts FROM public.p2n_deliveries WHERE due_at <= p2n_private.seconds()
        ORDER BY due_at LIMIT (arguments->>'limit')::integer FOR UPDATE SKIP LOCKED
    ), claimed AS (
        UPDATE public.p2n_deliveries AS delivery
        SET due_at = p2n_private.seconds() + (arguments->>'lease_seconds')::double precision,
            attempts = delivery.attempts + 1
        FROM due WHERE delivery.id = due.id
        RETURNING delivery.id, due.due_at AS was_due_at, due.attempts, delivery.body
    )
    SELECT coalesce(
        json_agg(json_build_object('id', id, 'attempts', attempts, 'body', body::text) ORDER BY was_due_at), '[]'
    ) FROM claimed
$$;

-- {id, seconds}
CREATE FUNCTION p2n_private.postpone_delivery(arguments json) RETURNS json LANGUAGE plpgsql AS $$
BEGIN
    UPDATE public.p2n_deliveries
        SET due_at = p2n_private.seconds() + (arguments->>'seconds')::double precision
        WHERE id = arguments->>'id';
    RETURN 'true';
END $$;

-- {id, paper_id, at, cost_usd, body, cap_usd}: {kept, spent}; spent is what the paper had cost before.
CREATE FUNCTION p2n_private.open_model_call(arguments json) RETURNS json LANGUAGE plpgsql AS $$
DECLARE
    cap double precision := (arguments->>'cap_usd')::double precision;
    cost double precision := (arguments->>'cost_usd')::double precision;
    spent double precision;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('p2n.calls.' || (arguments->>'paper_id'), 0));
    SELECT coalesce(sum(cost_usd), 0) INTO spent FROM public.p2n_model_calls
        WHERE paper_id = arguments->>'paper_id';
    IF cap IS NOT NULL AND spent + cost > cap THEN
        RETURN json_build_object('kept', false, 'spent', spent);
    END IF;
    INSERT INTO public.p2n_model_calls (id, paper_id, at, cost_usd, body)
        VALUES (
            arguments->>'id', arguments->>'paper_id', (arguments->>'at')::timestamptz, cost,
            (arguments->>'body')::json
        );
    RETURN json_build_object('kept', true, 'spent', spent);
END $$;

-- {id, cost_usd, body}
CREATE FUNCTION p2n_private.close_model_call(arguments json) RETURNS json LANGUAGE plpgsql AS $$
BEGIN
    UPDATE public.p2n_model_calls
        SET cost_usd = (arguments->>'cost_usd')::double precision, body = (arguments->>'body')::json
        WHERE id = arguments->>'id';
    RETURN 'true';
END $$;

-- {paper_id, body, replace}: the body that stands; somebody else's unless it is to be replaced.
CREATE FUNCTION p2n_private.put_remote_index(arguments json) RETURNS json LANGUAGE plpgsql AS $$
DECLARE
    known json;
BEGIN
    INSERT INTO public.p2n_remote_indexes (paper_id, body)
        VALUES (arguments->>'paper_id', (arguments->>'body')::json)
        ON CONFLICT (paper_id) DO UPDATE SET body = excluded.body WHERE (arguments->>'replace')::boolean;
    SELECT body INTO known FROM public.p2n_remote_indexes WHERE paper_id = arguments->>'paper_id';
    RETURN to_json(known::text);
END $$;

-- {who, limit, window_seconds, take}: 0, or the seconds until the next turn is free; with `take` a free one is taken.
CREATE FUNCTION p2n_private.turn(arguments json) RETURNS json LANGUAGE plpgsql AS $$
DECLARE
    whose text := arguments->>'who';
    bound integer := (arguments->>'limit')::integer;
    span double precision := (arguments->>'window_seconds')::double precision;
    present double precision;
    taken double precision[];
    wait double precision := 0;
BEGIN
    IF (arguments->>'take')::boolean THEN
        PERFORM pg_advisory_xact_lock(hashtextextended('p2n.turns.' || whose, 0));
    END IF;
    present := p2n_private.seconds();
    -- A clock that was set back may not lock anyone out: what lies in the future counts as taken now.
    SELECT coalesce(array_agg(least(taken_at, present) ORDER BY least(taken_at, present)), '{}') INTO taken
        FROM public.p2n_turns WHERE who = whose AND taken_at > present - span;
    IF cardinality(taken) >= bound THEN
        -- The turn whose leaving makes room: the oldest, unless the limit was lowered meanwhile.
        wait := greatest(taken[cardinality(taken) - bound + 1] + span - present, 0.001);
    ELSIF (arguments->>'take')::boolean THEN
        DELETE FROM public.p2n_turns WHERE who = whose AND taken_at <= present - span;
        INSERT INTO public.p2n_turns (who, taken_at) VALUES (whose, present);
    END IF;
    RETURN to_json(wait);
END $$;

-- Does one of the operations above, once a request.
CREATE FUNCTION public.p2n_write(request uuid, operation text, arguments json) RETURNS json
LANGUAGE plpgsql AS $$
DECLARE
    reply json;
BEGIN
    INSERT INTO public.p2n_requests (id) VALUES (request) ON CONFLICT (id) DO NOTHING;
    IF NOT FOUND THEN
        SELECT known.answer INTO reply FROM public.p2n_requests AS known WHERE known.id = request;
        RETURN reply;
    END IF;
    EXECUTE format('SELECT p2n_private.%I($1)', operation) INTO reply USING arguments;
    UPDATE public.p2n_requests AS known SET answer = reply WHERE known.id = request;
    IF random() < 0.01 THEN
        DELETE FROM public.p2n_requests AS old WHERE old.at < now() - interval '1 hour';
    END IF;
    RETURN reply;
END $$;

-- The server has the service role's key, which row-level security lets pass. A person who signs in to the same
-- project reads what is theirs, by the user id in their token, and writes nothing.
CREATE FUNCTION p2n_private.reader() RETURNS text LANGUAGE sql STABLE
    AS $$ SELECT nullif(current_setting('request.jwt.claims', true), '')::json->>'sub' $$;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'p2n_migrations', 'p2n_papers', 'p2n_claims', 'p2n_plans', 'p2n_runs', 'p2n_validations', 'p2n_datasets',
        'p2n_model_calls', 'p2n_remote_indexes', 'p2n_turns', 'p2n_deliveries', 'p2n_requests'
    ] LOOP
        EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('REVOKE ALL ON public.%I FROM PUBLIC, anon, authenticated', name);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON public.%I TO service_role', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY[
        'p2n_papers', 'p2n_claims', 'p2n_plans', 'p2n_runs', 'p2n_validations', 'p2n_datasets'
    ] LOOP
        EXECUTE format('GRANT SELECT ON public.%I TO authenticated', name);
    END LOOP;
END $$;
CREATE POLICY p2n_own ON public.p2n_papers FOR SELECT TO authenticated
    USING (created_by = p2n_private.reader());
CREATE POLICY p2n_own ON public.p2n_plans FOR SELECT TO authenticated
    USING (created_by = p2n_private.reader());
CREATE POLICY p2n_own ON public.p2n_runs FOR SELECT TO authenticated
    USING (created_by = p2n_private.reader());
CREATE POLICY p2n_own ON public.p2n_datasets FOR SELECT TO authenticated
    USING (created_by = p2n_private.reader());
-- Whoever may see the paper or the run may see what hangs on it.
CREATE POLICY p2n_own ON public.p2n_claims FOR SELECT TO authenticated
    USING (EXISTS (SELECT 1 FROM public.p2n_papers AS paper WHERE paper.id = paper_id));
CREATE POLICY p2n_own ON public.p2n_validations FOR SELECT TO authenticated
    USING (EXISTS (SELECT 1 FROM public.p2n_runs AS run WHERE run.id = run_id));

REVOKE ALL ON FUNCTION public.p2n_write(uuid, text, json) FROM PUBLIC, anon, authenticated;
GRANT EXECUTE ON FUNCTION public.p2n_write(uuid, text, json) TO service_role;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA p2n_private FROM PUBLIC, anon, authenticated;
GRANT USAGE ON SCHEMA p2n_private TO service_role, authenticated;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA p2n_private TO service_role;
GRANT EXECUTE ON FUNCTION p2n_private.reader() TO authenticated;
