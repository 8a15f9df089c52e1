-- NOT NULL is a constraint of its own since PostgreSQL 18; it is shown where it differs from what `NOT NULL` alone makes.
-- A default has no columns in it, so pg_get_expr needs no table, and does not lock one.
-- reads relation:r relation:p relation:f relation:v relation:m relation:c
SELECT 'column' AS kind, quote_ident(nspname) || '.' || quote_ident(relname) AS "of", quote_ident(attname) AS name,
    c.tableoid AS class, c.oid, attnum AS sub,
    format_type(atttypid, atttypmod) AS type,
    CASE WHEN attnotnull THEN 'true' END AS "not null",
    CASE WHEN conislocal AND (connoinherit OR NOT convalidated OR conname <> relname || '_' || attname || '_not_null') THEN quote_ident(conname) || CASE WHEN connoinherit THEN ' NO INHERIT' ELSE '' END || CASE WHEN NOT convalidated THEN ' NOT VALID' ELSE '' END END AS "not null constraint", -- since 18
    CASE WHEN attgenerated = '' THEN pg_get_expr(adbin, 0) END AS "default",
    CASE attgenerated WHEN 's' THEN pg_get_expr(adbin, adrelid) || ' STORED'
                      WHEN 'v' THEN pg_get_expr(adbin, adrelid) || ' VIRTUAL' END AS generated,
    CASE attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' END AS identity,
    CASE WHEN attcollation <> typcollation THEN attcollation::regcollation END AS collation,
    CASE WHEN attstorage <> typstorage THEN CASE attstorage
        WHEN 'p' THEN 'plain' WHEN 'e' THEN 'external' WHEN 'm' THEN 'main' ELSE 'extended' END END AS storage,
    CASE attcompression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' END AS compression,
    NULLIF(attstattarget, -1) AS statistics,
    CASE WHEN attoptions IS NOT NULL THEN
        (SELECT json_agg(option ORDER BY option) FROM unnest(attoptions) AS option WHERE option ~ :column_option) END AS options,
    CASE WHEN attfdwoptions IS NOT NULL THEN
        (SELECT json_agg(CASE WHEN option ~* :secret_option THEN split_part(option, '=', 1)
                              ELSE option END ORDER BY option) FROM unnest(attfdwoptions) AS option
         WHERE option ~ :any_option) END AS "foreign options",
    CASE WHEN attinhcount > 0 THEN CASE WHEN attislocal THEN 'and local' ELSE 'only' END END AS inherited
FROM pg_attribute a
JOIN pg_class c ON c.oid = attrelid
JOIN pg_namespace n ON n.oid = relnamespace
JOIN pg_type t ON t.oid = atttypid
LEFT JOIN pg_attrdef d ON adrelid = attrelid AND adnum = attnum
LEFT JOIN pg_constraint k ON k.contype = 'n' AND k.conrelid = attrelid AND k.conkey = ARRAY[attnum] -- since 18
WHERE c.oid >= 16384 AND relkind IN ('r', 'p', 'f', 'v', 'm', 'c') AND nspname !~ '^pg_(toast|temp)'
    AND attnum > 0 AND NOT attisdropped;
