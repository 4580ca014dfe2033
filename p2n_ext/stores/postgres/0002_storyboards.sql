-- Stories: one a paper, gone with it.
CREATE TABLE public.p2n_storyboards (
    id text PRIMARY KEY,
    paper_id text NOT NULL UNIQUE REFERENCES public.p2n_papers (id) ON DELETE CASCADE,
    version integer NOT NULL CHECK (version > 0),
    body json NOT NULL
);

-- {id, paper_id, version, body}: whether it is a paper's first, or the version after the one that is kept.
CREATE FUNCTION p2n_private.put_storyboard(arguments json) RETURNS json LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM public.p2n_papers WHERE id = arguments->>'paper_id' FOR KEY SHARE;
    IF NOT FOUND THEN
        RETURN 'false';
    END IF;
    INSERT INTO public.p2n_storyboards AS kept (id, paper_id, version, body)
        VALUES (
            arguments->>'id', arguments->>'paper_id', (arguments->>'version')::integer, (arguments->>'body')::json
        )
        ON CONFLICT (paper_id) DO UPDATE SET version = excluded.version, body = excluded.body
        WHERE kept.id = excluded.id AND kept.version = excluded.version - 1;
    RETURN to_json(FOUND);
END $$;

ALTER TABLE public.p2n_storyboards ENABLE ROW LEVEL SECURITY;
REVOKE ALL ON public.p2n_storyboards FROM PUBLIC, anon, authenticated;
GRANT SELECT, INSERT, UPDATE, DELETE ON public.p2n_storyboards TO service_role;
GRANT SELECT ON public.p2n_storyboards TO authenticated;
CREATE POLICY p2n_own ON public.p2n_storyboards FOR SELECT TO authenticated
    USING (EXISTS (SELECT 1 FROM public.p2n_papers AS paper WHERE paper.id = paper_id));
REVOKE ALL ON FUNCTION p2n_private.put_storyboard(json) FROM PUBLIC, anon, authenticated;
GRANT EXECUTE ON FUNCTION p2n_private.put_storyboard(json) TO service_role;
