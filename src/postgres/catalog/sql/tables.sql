-- reads relation:r relation:p relation:f
SELECT CASE c.relkind WHEN 'f' THEN 'foreign table' ELSE 'table' END AS kind, NULL AS "of",
    quote_ident(nspname) || '.' || quote_ident(c.relname) AS name, c.tableoid AS class, c.oid, 0 AS sub,
    pg_get_userbyid(c.relowner) AS owner,
    (SELECT json_agg(attname ORDER BY attnum) FROM pg_attribute
     WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped) AS columns,
    CASE c.relpersistence WHEN 'u' THEN 'unlogged' END AS persistence,
    NULLIF(amname, 'heap') AS "access method",
    CASE WHEN c.reloptions IS NOT NULL OR toast.reloptions IS NOT NULL THEN
        (SELECT json_agg(option ORDER BY option) FROM unnest(
            c.reloptions || ARRAY(SELECT 'toast.' || option FROM unnest(toast.reloptions) AS option)) AS option
         WHERE option ~ CASE WHEN am.oid >= 16384 THEN :any_option ELSE :table_option END) END AS options,
    CASE WHEN c.relrowsecurity THEN 'enabled' END AS "row security",
    CASE WHEN c.relforcerowsecurity THEN 'true' END AS "row security for the owner",
    CASE c.relreplident WHEN 'f' THEN 'full' WHEN 'n' THEN 'nothing' WHEN 'i' THEN 'index' END
        AS "replica identity",
    quote_ident(spcname) AS tablespace,
    CASE WHEN c.reloftype <> 0 THEN format_type(c.reloftype, NULL) END AS "of type",
    CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END AS "partition by",
    pg_get_expr(c.relpartbound, 0) AS "partition bound",
    (SELECT json_agg(inhparent::regclass ORDER BY inhseqno) FROM pg_inherits WHERE inhrelid = c.oid) AS inherits,
    (SELECT 'true' FROM pg_inherits WHERE inhrelid = c.oid AND inhdetachpending LIMIT 1) AS "detach pending",
    quote_ident(srvname) AS server,
    CASE WHEN ftoptions IS NOT NULL THEN
        (SELECT json_agg(CASE WHEN option ~* :secret_option THEN split_part(option, '=', 1)
                              ELSE option END ORDER BY option) FROM unnest(ftoptions) AS option
         WHERE option ~ :any_option) END AS "foreign options"
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_am am ON am.oid = c.relam
LEFT JOIN pg_class toast ON toast.oid = c.reltoastrelid
LEFT JOIN pg_tablespace space ON space.oid = c.reltablespace
LEFT JOIN pg_foreign_table f ON f.ftrelid = c.oid
LEFT JOIN pg_foreign_server server ON server.oid = f.ftserver
WHERE c.oid >= 16384 AND c.relkind IN ('r', 'p', 'f') AND nspname !~ '^pg_(toast|temp)';

-- What no other query lists: relations of kinds that only newer servers have.
-- reads relation:g
SELECT CASE relkind WHEN 'g' THEN 'property graph ' ELSE 'relation ' END || quote_ident(nspname) || '.' || quote_ident(relname)
        AS unknown, c.tableoid AS class, c.oid, 0 AS sub
FROM pg_class c
JOIN pg_namespace n ON n.oid = relnamespace
WHERE c.oid >= 16384 AND relkind NOT IN ('r', 'p', 'f', 'v', 'm', 'c', 'S', 'i', 'I', 't') AND nspname !~ '^pg_(toast|temp)';
