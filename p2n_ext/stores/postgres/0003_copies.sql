-- Rows that come from another store, as they were kept there.

-- {table, rows: [{column: value}]}: inserted, or written over those of the same key; a body is JSON text.
CREATE FUNCTION p2n_private.load_rows(arguments json) RETURNS json LANGUAGE plpgsql AS $$
DECLARE
    target regclass := format('public.%I', 'p2n_' || (arguments->>'table'))::regclass;
    given text[] := ARRAY(SELECT json_object_keys(arguments->'rows'->0));
    keys text[] := CASE arguments->>'table'
        WHEN 'remote_indexes' THEN ARRAY['paper_id'] WHEN 'turns' THEN ARRAY['who', 'taken_at'] ELSE ARRAY['id'] END;
    columns text;
    sources text;
    changes text;
    same text;
BEGIN
    SELECT string_agg(quote_ident(name), ', '),
        -- What comes as text is text within the JSON column: taken out of it once.
        string_agg(CASE name WHEN 'body' THEN '(given.body #>> ''{}'')::json' ELSE 'given.' || quote_ident(name) END, ', ')
        INTO columns, sources FROM unnest(given) AS name;
    SELECT string_agg(format('%1$I = fresh.%1$I', name), ', ') INTO changes
        FROM unnest(given) AS name WHERE name <> ALL (keys);
    SELECT string_agg(format('kept.%1$I = fresh.%1$I', name), ' AND ') INTO same FROM unnest(keys) AS name;
    IF changes IS NOT NULL THEN
        EXECUTE format(
            'UPDATE %1$s AS kept SET %2$s FROM (SELECT %3$s FROM json_populate_recordset(NULL::%1$s, $1) AS given)'
            ' AS fresh (%4$s) WHERE %5$s', target, changes, sources, columns, same
        ) USING arguments->'rows';
    END IF;
    EXECUTE format(
        'INSERT INTO %1$s (%4$s) SELECT fresh.* FROM (SELECT %3$s FROM json_populate_recordset(NULL::%1$s, $1) AS given)'
        ' AS fresh (%4$s) WHERE NOT EXISTS (SELECT 1 FROM %1$s AS kept WHERE %5$s)', target, changes, sources, columns, same
    ) USING arguments->'rows';
    RETURN 'true';
END $$;
REVOKE ALL ON FUNCTION p2n_private.load_rows(json) FROM PUBLIC, anon, authenticated;
GRANT EXECUTE ON FUNCTION p2n_private.load_rows(json) TO service_role;
