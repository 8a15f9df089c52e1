-- The types of the columns of users' tables, and what these are made of.
WITH RECURSIVE used AS (
    SELECT DISTINCT atttypid AS oid
    FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
    WHERE attnum > 0 AND NOT attisdropped AND relkind IN ('r', 'p') AND c.oid >= 16384
    UNION
    SELECT inside
    FROM used JOIN pg_type t ON t.oid = used.oid
    LEFT JOIN pg_range ON rngtypid = t.oid,
    LATERAL (VALUES (typelem), (typbasetype), (rngsubtype)) AS parts (inside)
    WHERE inside <> 0 AND typtype IN ('b', 'd', 'r')
)
SELECT t.oid AS type_oid, typname AS name, nspname AS schema, typtype AS kind, 
    -- Not so vectors, which are written otherwise.
    t.oid = (SELECT typarray FROM pg_type inside WHERE inside.oid = t.typelem) AS is_array, typelem AS element,
    typbasetype AS base, typtypmod AS typmod, typnotnull AS not_null, typdefault IS NOT NULL AS has_default, rngsubtype AS subtype,
    (SELECT json_agg(enumlabel ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = t.oid) AS labels,
    (
        SELECT json_agg(json_build_object('name', conname, 'expression', pg_get_expr(conbin, 0)) ORDER BY conname)
        FROM pg_constraint WHERE contypid = t.oid AND contype = 'c'
    ) AS checks
FROM used
JOIN pg_type t ON t.oid = used.oid
JOIN pg_namespace n ON n.oid = typnamespace
LEFT JOIN pg_range ON rngtypid = t.oid;
