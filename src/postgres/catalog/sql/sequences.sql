-- reads relation:S
SELECT 'sequence' AS kind, NULL AS "of", quote_ident(nspname) || '.' || quote_ident(c.relname) AS name,
    c.tableoid AS class, c.oid, 0 AS sub,
    pg_get_userbyid(c.relowner) AS owner,
    format_type(seqtypid, NULL) AS type,
    seqstart AS start,
    seqincrement AS increment,
    seqmin AS minimum,
    seqmax AS maximum,
    seqcache AS cache,
    CASE WHEN seqcycle THEN 'true' END AS cycle,
    CASE c.relpersistence WHEN 'u' THEN 'unlogged' END AS persistence,
    refobjid::regclass::text || '.' || quote_ident(attname) AS "owned by"
FROM pg_class c
JOIN pg_sequence s ON s.seqrelid = c.oid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_depend d ON d.classid = c.tableoid AND d.objid = c.oid AND d.objsubid = 0
    AND d.refclassid = c.tableoid AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
LEFT JOIN pg_attribute ON attrelid = d.refobjid AND attnum = d.refobjsubid
WHERE c.oid >= 16384 AND nspname !~ '^pg_(toast|temp)';
