SELECT 'operator' AS kind, NULL AS "of",
    quote_ident(nspname) || '.' || oprname || '(' || CASE WHEN oprleft = 0 THEN 'NONE' ELSE format_type(oprleft, NULL) END
        || ', ' || format_type(oprright, NULL) || ')' AS name,
    o.tableoid AS class, o.oid, 0 AS sub,
    pg_get_userbyid(oprowner) AS owner,
    CASE WHEN oprcode = 0 THEN 'true' END AS shell,
    CASE WHEN oprresult <> 0 THEN format_type(oprresult, NULL) END AS result,
    NULLIF(oprcode, 0)::regprocedure AS function,
    NULLIF(oprcom, 0)::regoperator AS commutator,
    NULLIF(oprnegate, 0)::regoperator AS negator,
    NULLIF(oprrest, 0)::regprocedure AS restrict,
    NULLIF(oprjoin, 0)::regprocedure AS join,
    CASE WHEN oprcanhash THEN 'true' END AS hashes,
    CASE WHEN oprcanmerge THEN 'true' END AS merges
FROM pg_operator o
JOIN pg_namespace n ON n.oid = oprnamespace
WHERE o.oid >= 16384 AND nspname !~ '^pg_(toast|temp)';

SELECT 'operator class' AS kind, NULL AS "of",
    quote_ident(n.nspname) || '.' || quote_ident(opcname) || ' using ' || quote_ident(amname) AS name,
    c.tableoid AS class, c.oid, 0 AS sub,
    pg_get_userbyid(opcowner) AS owner,
    format_type(opcintype, NULL) AS type,
    CASE WHEN opcdefault THEN 'true' END AS "default",
    quote_ident(fn.nspname) || '.' || quote_ident(opfname) AS family,
    CASE WHEN opckeytype <> 0 THEN format_type(opckeytype, NULL) END AS storage
FROM pg_opclass c
JOIN pg_namespace n ON n.oid = opcnamespace
JOIN pg_am am ON am.oid = opcmethod
JOIN pg_opfamily f ON f.oid = opcfamily
JOIN pg_namespace fn ON fn.oid = opfnamespace
WHERE c.oid >= 16384 AND n.nspname !~ '^pg_(toast|temp)';

-- Operators and functions of a family's classes are listed with the family, which keeps them when a class is dropped.
SELECT 'operator family' AS kind, NULL AS "of",
    quote_ident(nspname) || '.' || quote_ident(opfname) || ' using ' || quote_ident(amname) AS name,
    f.tableoid AS class, f.oid, 0 AS sub,
    pg_get_userbyid(opfowner) AS owner,
    (SELECT json_agg(amopstrategy::text || ' ' || amopopr::regoperator::text
            || COALESCE(' for order by ' || quote_ident(sort.opfname), '') ORDER BY amopstrategy, amopopr::regoperator::text)
     FROM pg_amop LEFT JOIN pg_opfamily sort ON sort.oid = amopsortfamily WHERE amopfamily = f.oid) AS operators,
    (SELECT json_agg(amprocnum::text || ' (' || format_type(amproclefttype, NULL) || ', ' || format_type(amprocrighttype, NULL)
            || ') ' || amproc::regprocedure::text ORDER BY amprocnum, format_type(amproclefttype, NULL), format_type(amprocrighttype, NULL))
     FROM pg_amproc WHERE amprocfamily = f.oid) AS functions
FROM pg_opfamily f
JOIN pg_namespace n ON n.oid = opfnamespace
JOIN pg_am am ON am.oid = opfmethod
WHERE f.oid >= 16384 AND nspname !~ '^pg_(toast|temp)';

SELECT 'cast' AS kind, NULL AS "of",
    '(' || format_type(castsource, NULL) || ' AS ' || format_type(casttarget, NULL) || ')' AS name,
    tableoid AS class, oid, 0 AS sub,
    NULLIF(castfunc, 0)::regprocedure AS function,
    CASE castcontext WHEN 'i' THEN 'implicit' WHEN 'a' THEN 'assignment' ELSE 'explicit' END AS context,
    CASE castmethod WHEN 'f' THEN 'function' WHEN 'i' THEN 'inout' ELSE 'binary' END AS method
FROM pg_cast
WHERE oid >= 16384;
