-- A plain child of a table inherits the column, but not the trigger. A function that is there already is taken.
WITH setters AS MATERIALIZED (
    SELECT s.oid AS schema, format('%I.%I', s.name, p.proname) AS sql
    FROM pg_proc p JOIN schemas s ON s.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
    WHERE p.prorettype = 'trigger'::regtype AND l.lanname = 'plpgsql' AND p.prosrc ~* 'new\.updated_at\s*:?='
)
SELECT format('%s.updated_at', t.sql) AS object,
    'an UPDATE that does not set it leaves a wrong time behind' AS why,
    CASE WHEN setter.sql IS NULL THEN
        format(E'CREATE OR REPLACE FUNCTION %s.set_updated_at() RETURNS trigger\n', t.schema_sql)
        || E'LANGUAGE plpgsql AS $$\nBEGIN\n    NEW.updated_at = now();\n    RETURN NEW;\nEND\n$$;\n'
    ELSE '' END
    || format(
        E'CREATE TRIGGER set_updated_at BEFORE UPDATE ON %s\n    FOR EACH ROW EXECUTE FUNCTION %s();',
        t.sql, coalesce(setter.sql, format('%s.set_updated_at', t.schema_sql))
    ) AS fix
FROM tables t
JOIN pg_attribute a ON a.attrelid = t.oid AND a.attname = 'updated_at' AND NOT a.attisdropped AND a.attgenerated = ''
    AND a.atttypid IN ('timestamptz'::regtype, 'timestamp'::regtype, 'date'::regtype)
LEFT JOIN LATERAL (
    SELECT sql FROM setters ORDER BY setters.schema <> t.schema, sql LIMIT 1
) AS setter ON true
WHERE NOT EXISTS (
    SELECT FROM pg_trigger g
    JOIN pg_proc p ON p.oid = g.tgfoid
    JOIN pg_language l ON l.oid = p.prolang
    WHERE g.tgrelid = t.oid AND NOT g.tgisinternal AND g.tgenabled IN ('O', 'A')
        -- BEFORE (2), UPDATE (16), FOR EACH ROW (1): TRIGGER_TYPE_* in the server's pg_trigger.h
        AND g.tgtype & 19 = 19
        AND (
            l.lanname NOT IN ('plpgsql', 'sql') OR p.prosrc ~* 'updated_at'
            OR encode(g.tgargs, 'escape') ~* 'updated_at'
        )
)
