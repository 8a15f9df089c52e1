SELECT format('%I', p.pubname) AS object, 'a subscriber that runs pmdb as well stops at the rows that both have' AS why,
    E'-- with the options of the old one; then, on the subscriber,\n'
    || E'-- ALTER SUBSCRIPTION ... REFRESH PUBLICATION\n'
    || format(E'DROP PUBLICATION %I;\nCREATE PUBLICATION %I', p.pubname, p.pubname)
    || coalesce(E'\n    FOR TABLE ' || (SELECT string_agg(t.sql, E',\n        ' ORDER BY t.sql) FROM tables t), '')
    || ';' AS fix
FROM pg_publication p
WHERE p.puballtables
    OR EXISTS (
        SELECT FROM history h
        JOIN schemas s ON s.name = h.schema
        JOIN pg_class c ON c.relnamespace = s.oid AND c.relname = h.name
        WHERE EXISTS (SELECT FROM pg_publication_rel r WHERE r.prpubid = p.oid AND r.prrelid = c.oid)
            -- FOR TABLES IN SCHEMA, since PostgreSQL 15: what says so (pg_publication_namespace, 6237) depends on both.
            OR EXISTS (
                SELECT FROM pg_depend d JOIN pg_depend e ON e.classid = d.classid AND e.objid = d.objid
                WHERE d.classid = 6237 AND d.refclassid = 'pg_publication'::regclass AND d.refobjid = p.oid
                    AND e.refclassid = 'pg_namespace'::regclass AND e.refobjid = s.oid
            )
    )
