-- reads type:e
SELECT 'enum' AS kind, NULL AS "of", quote_ident(nspname) || '.' || quote_ident(typname) AS name,
    t.tableoid AS class, t.oid, 0 AS sub,
    pg_get_userbyid(typowner) AS owner,
    (SELECT json_agg(enumlabel ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = t.oid) AS labels
FROM pg_type t
JOIN pg_namespace n ON n.oid = t.typnamespace
WHERE t.oid >= 16384 AND typtype = 'e' AND nspname !~ '^pg_(toast|temp)';

-- reads type:d
SELECT 'domain' AS kind, NULL AS "of", quote_ident(nspname) || '.' || quote_ident(t.typname) AS name,
    t.tableoid AS class, t.oid, 0 AS sub,
    pg_get_userbyid(t.typowner) AS owner,
    format_type(t.typbasetype, t.typtypmod) AS type,
    CASE WHEN t.typnotnull THEN 'true' END AS "not null",
    pg_get_expr(t.typdefaultbin, 0) AS "default",
    CASE WHEN t.typcollation <> base.typcollation THEN t.typcollation::regcollation END AS collation
FROM pg_type t
JOIN pg_namespace n ON n.oid = t.typnamespace
JOIN pg_type base ON base.oid = t.typbasetype
WHERE t.oid >= 16384 AND t.typtype = 'd' AND nspname !~ '^pg_(toast|temp)';

-- reads type:c
SELECT 'composite type' AS kind, NULL AS "of", quote_ident(nspname) || '.' || quote_ident(typname) AS name,
    t.tableoid AS class, t.oid, 0 AS sub,
    pg_get_userbyid(typowner) AS owner,
    (SELECT json_agg(attname ORDER BY attnum) FROM pg_attribute
     WHERE attrelid = typrelid AND attnum > 0 AND NOT attisdropped) AS columns
FROM pg_type t
JOIN pg_class c ON c.oid = t.typrelid AND c.relkind = 'c'
JOIN pg_namespace n ON n.oid = t.typnamespace
WHERE t.oid >= 16384 AND nspname !~ '^pg_(toast|temp)';

-- reads type:r
SELECT 'range' AS kind, NULL AS "of", quote_ident(nspname) || '.' || quote_ident(t.typname) AS name,
    t.tableoid AS class, t.oid, 0 AS sub,
    pg_get_userbyid(t.typowner) AS owner,
    format_type(rngsubtype, NULL) AS subtype,
    format_type(rngmultitypid, NULL) AS multirange,
    NULLIF(rngcollation, 0)::regcollation AS collation,
    (SELECT opcnamespace::regnamespace::text || '.' || quote_ident(opcname) FROM pg_opclass WHERE oid = rngsubopc)
        AS "operator class",
    NULLIF(rngcanonical, 0)::regprocedure AS canonical,
    NULLIF(rngsubdiff, 0)::regprocedure AS "subtype difference"
FROM pg_type t
JOIN pg_range r ON r.rngtypid = t.oid
JOIN pg_namespace n ON n.oid = t.typnamespace
WHERE t.oid >= 16384 AND nspname !~ '^pg_(toast|temp)';

-- Types that C functions make. An array type is known by being the array of some other type.
-- reads type:b type:p
SELECT 'base type' AS kind, NULL AS "of", quote_ident(nspname) || '.' || quote_ident(typname) AS name,
    t.tableoid AS class, t.oid, 0 AS sub,
    pg_get_userbyid(typowner) AS owner,
    CASE WHEN NOT typisdefined THEN 'true' END AS shell,
    NULLIF(typinput, 0)::regprocedure AS input,
    NULLIF(typoutput, 0)::regprocedure AS output,
    NULLIF(typreceive, 0)::regprocedure AS receive,
    NULLIF(typsend, 0)::regprocedure AS send,
    NULLIF(typmodin, 0)::regprocedure AS "modifier input",
    NULLIF(typmodout, 0)::regprocedure AS "modifier output",
    NULLIF(typanalyze, 0)::regprocedure AS analyze,
    NULLIF(typsubscript, 0)::regprocedure AS subscript,
    typlen AS length,
    CASE WHEN typbyval THEN 'true' END AS "by value",
    typalign AS alignment,
    typstorage AS storage,
    typcategory AS category,
    CASE WHEN typispreferred THEN 'true' END AS preferred,
    typdefault AS "default",
    CASE WHEN typelem <> 0 THEN format_type(typelem, NULL) END AS element,
    NULLIF(typdelim, ',') AS delimiter,
    CASE WHEN typcollation <> 0 THEN 'true' END AS collatable
FROM pg_type t
JOIN pg_namespace n ON n.oid = t.typnamespace
WHERE t.oid >= 16384 AND typtype IN ('b', 'p') AND nspname !~ '^pg_(toast|temp)'
    AND NOT EXISTS (SELECT FROM pg_type element WHERE element.typarray = t.oid);
