-- Left out: constraint triggers, which are listed as triggers, and what a foreign key to a partitioned table has beside it for
-- each partition. NOT NULL is listed with its column or domain, and here only where it has a comment, or that of a domain has a
-- name of its own. Citus hides its shards in pg_class alone.
-- reads pg_constraint
SELECT 'constraint' AS kind,
    CASE WHEN conrelid <> 0 THEN conrelid::regclass::text ELSE format_type(contypid, NULL) END AS "of",
    quote_ident(conname) AS name, k.tableoid AS class, k.oid, 0 AS sub,
    CASE contype WHEN 'p' THEN 'primary key' WHEN 'u' THEN 'unique' WHEN 'f' THEN 'foreign key'
                 WHEN 'c' THEN 'check' WHEN 'n' THEN 'not null' ELSE 'exclude' END AS type,
    -- The options of an exclusion constraint are those of its index, as they are for other constraints.
    CASE WHEN NOT (:of_all OR conrelid = 0 OR conrelid = ANY (:of_tables) OR confrelid = ANY (:of_tables)) THEN NULL
    WHEN contype = 'x' AND i.reloptions IS NOT NULL THEN (
        SELECT replace(pg_get_constraintdef(k.oid), ' WITH (' || string_agg(quote_ident(name) || '='
            || CASE WHEN quote_ident(value) = value THEN value ELSE '''' || replace(value, '''', '''''') || '''' END,
            ', ' ORDER BY place) || ')', '')
        FROM unnest(i.reloptions) WITH ORDINALITY AS o (option, place),
            LATERAL (SELECT split_part(option, '=', 1) AS name, substr(option, strpos(option, '=') + 1) AS value) AS parts
    ) ELSE pg_get_constraintdef(k.oid) END AS definition,
    -- Most have one column, and to sort that takes longer than to find it.
    CASE WHEN cardinality(conkey) = 1
        THEN (SELECT json_build_array(attname) FROM pg_attribute WHERE attrelid = conrelid AND attnum = conkey[1])
        ELSE (SELECT json_agg(attname ORDER BY array_position(conkey, attnum)) FROM pg_attribute
              WHERE attrelid = conrelid AND attnum = ANY (conkey)) END AS columns,
    NULLIF(confrelid, 0)::regclass AS "references",
    CASE WHEN contype <> 'f' THEN NULL
        WHEN cardinality(confkey) = 1
        THEN (SELECT json_build_array(attname) FROM pg_attribute WHERE attrelid = confrelid AND attnum = confkey[1])
        ELSE (SELECT json_agg(attname ORDER BY array_position(confkey, attnum)) FROM pg_attribute
              WHERE attrelid = confrelid AND attnum = ANY (confkey)) END AS "referenced columns",
    CASE WHEN coninhcount > 0 THEN CASE WHEN conislocal THEN 'and local' ELSE 'only' END END AS inherited,
    CASE WHEN conparentid <> 0 THEN
        (SELECT quote_ident(conname) FROM pg_constraint parent WHERE parent.oid = k.conparentid) END AS parent,
    CASE WHEN EXISTS (SELECT FROM pg_trigger WHERE tgconstraint = k.oid AND tgisinternal AND tgenabled = 'D')
        THEN 'disabled' END AS triggers
FROM pg_constraint k
LEFT JOIN pg_class i ON contype = 'x' AND i.oid = conindid
LEFT JOIN pg_class t ON t.oid = conrelid
WHERE k.oid >= 16384 AND (contype IN ('p', 'u', 'f', 'c', 'x')
        OR contype = 'n' AND EXISTS (SELECT FROM pg_description WHERE classoid = k.tableoid AND objoid = k.oid) -- since 17
        OR contype = 'n' AND conname <> (SELECT typname || '_not_null' FROM pg_type WHERE oid = contypid) -- since 17
    ) AND (conrelid = 0 OR t.oid IS NOT NULL)
    AND NOT (conparentid <> 0 AND contype = 'f' AND confrelid IN (SELECT oid FROM pg_class WHERE relispartition))
    AND connamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname ~ '^pg_(toast|temp)');
