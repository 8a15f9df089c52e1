-- Left out: constraint triggers, which are listed as triggers, and NOT NULL, which is listed with its column.
SELECT 'constraint' AS kind,
    CASE WHEN conrelid <> 0 THEN conrelid::regclass::text ELSE format_type(contypid, NULL) END AS "of",
    quote_ident(conname) AS name, k.tableoid AS class, k.oid, 0 AS sub,
    CASE contype WHEN 'p' THEN 'primary key' WHEN 'u' THEN 'unique' WHEN 'f' THEN 'foreign key'
                 WHEN 'c' THEN 'check' ELSE 'exclude' END AS type,
    pg_get_constraintdef(k.oid) AS definition,
    (SELECT json_agg(attname ORDER BY place) FROM unnest(conkey) WITH ORDINALITY AS key (number, place)
     JOIN pg_attribute ON attrelid = conrelid AND attnum = number) AS columns,
    NULLIF(confrelid, 0)::regclass AS "references",
    (SELECT json_agg(attname ORDER BY place) FROM unnest(confkey) WITH ORDINALITY AS key (number, place)
     JOIN pg_attribute ON attrelid = confrelid AND attnum = number) AS "referenced columns",
    CASE WHEN coninhcount > 0 THEN CASE WHEN conislocal THEN 'and local' ELSE 'only' END END AS inherited,
    (SELECT quote_ident(conname) FROM pg_constraint parent WHERE parent.oid = k.conparentid) AS parent,
    triggers
FROM pg_constraint k
LEFT JOIN (
    SELECT tgconstraint, 'disabled' AS triggers FROM pg_trigger
    WHERE tgisinternal AND tgconstraint <> 0 AND tgenabled = 'D' GROUP BY 1
) off ON tgconstraint = k.oid
WHERE k.oid >= 16384 AND contype IN ('p', 'u', 'f', 'c', 'x')
    AND connamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname ~ '^pg_(toast|temp)');
