-- A partition's copy of a trigger is listed only where somebody has switched it on or off by itself.
-- reads pg_trigger
SELECT 'trigger' AS kind, quote_ident(nspname) || '.' || quote_ident(relname) AS "of", quote_ident(t.tgname) AS name,
    t.tableoid AS class, t.oid, 0 AS sub,
    pg_get_triggerdef(t.oid) AS definition,
    CASE t.tgenabled WHEN 'D' THEN 'no' WHEN 'R' THEN 'replica' WHEN 'A' THEN 'always' ELSE 'yes' END AS enabled
FROM pg_trigger t
JOIN pg_class c ON c.oid = t.tgrelid
JOIN pg_namespace n ON n.oid = relnamespace
LEFT JOIN pg_trigger parent ON parent.oid = t.tgparentid
WHERE t.oid >= 16384 AND nspname !~ '^pg_(toast|temp)'
    AND (CASE WHEN t.tgparentid = 0 THEN NOT t.tgisinternal ELSE NOT parent.tgisinternal AND t.tgenabled <> parent.tgenabled END);

-- reads pg_policy
SELECT 'policy' AS kind, quote_ident(nspname) || '.' || quote_ident(relname) AS "of", quote_ident(polname) AS name,
    p.tableoid AS class, p.oid, 0 AS sub,
    CASE polcmd WHEN 'r' THEN 'select' WHEN 'a' THEN 'insert' WHEN 'w' THEN 'update' WHEN 'd' THEN 'delete' ELSE 'all' END
        AS command,
    CASE WHEN NOT polpermissive THEN 'true' END AS restrictive,
    (SELECT json_agg(role ORDER BY role) FROM (
        SELECT CASE role WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(role)) END AS role
        FROM unnest(polroles) AS role) AS roles) AS roles,
    pg_get_expr(polqual, polrelid) AS "using",
    pg_get_expr(polwithcheck, polrelid) AS "with check"
FROM pg_policy p
JOIN pg_class c ON c.oid = polrelid
JOIN pg_namespace n ON n.oid = relnamespace
WHERE p.oid >= 16384 AND nspname !~ '^pg_(toast|temp)';
