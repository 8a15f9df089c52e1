-- reads pg_statistic_ext
SELECT 'statistics' AS kind, quote_ident(tn.nspname) || '.' || quote_ident(relname) AS "of",
    quote_ident(n.nspname) || '.' || quote_ident(stxname) AS name, s.tableoid AS class, s.oid, 0 AS sub,
    pg_get_userbyid(stxowner) AS owner,
    pg_get_statisticsobjdef(s.oid) AS definition,
    NULLIF(stxstattarget, -1) AS target
FROM pg_statistic_ext s
JOIN pg_class c ON c.oid = stxrelid
JOIN pg_namespace tn ON tn.oid = relnamespace
JOIN pg_namespace n ON n.oid = stxnamespace
WHERE tn.nspname !~ '^pg_(toast|temp)';
