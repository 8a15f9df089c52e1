-- reads relation:v relation:m
SELECT CASE c.relkind WHEN 'v' THEN 'view' ELSE 'materialized view' END AS kind, NULL AS "of",
    quote_ident(nspname) || '.' || quote_ident(c.relname) AS name, c.tableoid AS class, c.oid, 0 AS sub,
    pg_get_userbyid(c.relowner) AS owner,
    (SELECT json_agg(attname ORDER BY attnum) FROM pg_attribute
     WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped) AS columns,
    pg_get_viewdef(c.oid) AS definition,
    (SELECT json_agg(option ORDER BY option) FROM unnest(
        c.reloptions || ARRAY(SELECT 'toast.' || option FROM unnest(toast.reloptions) AS option)) AS option
     WHERE option ~ CASE WHEN c.relkind = 'v' THEN :view_option WHEN am.oid >= 16384 THEN :any_option ELSE :table_option END)
        AS options,
    CASE WHEN NOT c.relispopulated THEN 'false' END AS populated,
    NULLIF(amname, 'heap') AS "access method",
    quote_ident(spcname) AS tablespace
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_am am ON am.oid = c.relam
LEFT JOIN pg_class toast ON toast.oid = c.reltoastrelid
LEFT JOIN pg_tablespace space ON space.oid = c.reltablespace
WHERE c.oid >= 16384 AND c.relkind IN ('v', 'm') AND nspname !~ '^pg_(toast|temp)';

-- The rule that makes a view a view is its definition.
-- reads pg_rewrite
SELECT 'rule' AS kind, quote_ident(nspname) || '.' || quote_ident(relname) AS "of", quote_ident(rulename) AS name,
    r.tableoid AS class, r.oid, 0 AS sub,
    pg_get_ruledef(r.oid) AS definition,
    CASE ev_enabled WHEN 'D' THEN 'no' WHEN 'R' THEN 'replica' WHEN 'A' THEN 'always' ELSE 'yes' END AS enabled
FROM pg_rewrite r
JOIN pg_class c ON c.oid = ev_class
JOIN pg_namespace n ON n.oid = relnamespace
WHERE r.oid >= 16384 AND rulename <> '_RETURN' AND nspname !~ '^pg_(toast|temp)';
