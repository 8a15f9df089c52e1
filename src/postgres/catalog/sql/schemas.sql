SELECT 'schema' AS kind, NULL AS "of", quote_ident(nspname) AS name, tableoid AS class, oid, 0 AS sub,
    pg_get_userbyid(nspowner) AS owner
FROM pg_namespace
WHERE (oid >= 16384 OR nspname = 'public') AND nspname !~ '^pg_(toast|temp)';

SELECT 'extension' AS kind, NULL AS "of", quote_ident(extname) AS name, e.tableoid AS class, e.oid, 0 AS sub,
    extversion AS version, quote_ident(nspname) AS schema
FROM pg_extension e
JOIN pg_namespace n ON n.oid = e.extnamespace;
