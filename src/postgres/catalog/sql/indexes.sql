-- reads relation:i relation:I
SELECT 'index' AS kind, quote_ident(nspname) || '.' || quote_ident(t.relname) AS "of", quote_ident(i.relname) AS name,
    i.tableoid AS class, i.oid, 0 AS sub,
    CASE WHEN NOT (:of_all OR indrelid = ANY (:of_tables)) THEN NULL
    WHEN i.reloptions IS NULL THEN pg_get_indexdef(i.oid) ELSE (
        -- Without what the server keeps for itself among the options.
        SELECT replace(pg_get_indexdef(i.oid), ' WITH (' || string_agg(written, ', ' ORDER BY place) || ')',
            COALESCE(' WITH (' || string_agg(written, ', ' ORDER BY place) FILTER (WHERE is_known) || ')', ''))
        FROM unnest(i.reloptions) WITH ORDINALITY AS o (option, place),
            LATERAL (SELECT split_part(option, '=', 1) AS name, substr(option, strpos(option, '=') + 1) AS value) AS parts,
            LATERAL (SELECT quote_ident(name) || '='
                    || CASE WHEN quote_ident(value) = value THEN value ELSE '''' || replace(value, '''', '''''') || '''' END AS written,
                option ~ CASE WHEN am.oid >= 16384 THEN :any_option ELSE :index_option END AS is_known) AS w
    ) END AS definition,
    CASE WHEN indisunique THEN 'true' END AS "unique",
    -- Most have one column, and to sort that takes longer than to find it.
    CASE WHEN indnkeyatts = 1 AND indkey[0] <> 0
        THEN (SELECT json_build_array(attname) FROM pg_attribute WHERE attrelid = indrelid AND attnum = indkey[0])
        ELSE (SELECT json_agg(CASE WHEN number = 0 THEN pg_get_indexdef(i.oid, place::int, false) ELSE attname END ORDER BY place)
              FROM unnest(indkey) WITH ORDINALITY AS key (number, place)
              LEFT JOIN pg_attribute ON attrelid = indrelid AND attnum = number
              WHERE place <= indnkeyatts) END AS columns,
    CASE WHEN indpred IS NOT NULL THEN pg_get_expr(indpred, indrelid) END AS predicate,
    quote_ident(conname) AS "constraint",
    -- Those of any other index are in its definition.
    CASE WHEN conname IS NOT NULL AND i.reloptions IS NOT NULL THEN
        (SELECT json_agg(option ORDER BY option) FROM unnest(i.reloptions) AS option
         WHERE option ~ CASE WHEN am.oid >= 16384 THEN :any_option ELSE :index_option END) END AS options,
    CASE WHEN NOT indisvalid THEN 'false' END AS valid,
    CASE WHEN indisclustered THEN 'true' END AS clustered,
    CASE WHEN indisreplident THEN 'true' END AS "replica identity",
    quote_ident(spcname) AS tablespace,
    CASE WHEN indexprs IS NOT NULL THEN
        (SELECT json_agg(attnum::text || ': ' || attstattarget::text ORDER BY attnum) FROM pg_attribute
         WHERE attrelid = i.oid AND attstattarget >= 0) END AS statistics,
    CASE WHEN i.relispartition THEN
        (SELECT quote_ident(parent.relname) FROM pg_inherits JOIN pg_class parent ON parent.oid = inhparent
         WHERE inhrelid = i.oid) END AS parent
FROM pg_index x
JOIN pg_class i ON i.oid = indexrelid
JOIN pg_class t ON t.oid = indrelid
JOIN pg_am am ON am.oid = i.relam
JOIN pg_namespace n ON n.oid = t.relnamespace
LEFT JOIN pg_constraint k ON conindid = i.oid AND conrelid = indrelid AND contype IN ('p', 'u', 'x')
LEFT JOIN pg_tablespace space ON space.oid = i.reltablespace
WHERE i.oid >= 16384 AND nspname !~ '^pg_(toast|temp)';
