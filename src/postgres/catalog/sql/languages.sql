SELECT 'language' AS kind, NULL AS "of", quote_ident(lanname) AS name, tableoid AS class, oid, 0 AS sub,
    pg_get_userbyid(lanowner) AS owner,
    CASE WHEN lanpltrusted THEN 'true' END AS trusted,
    NULLIF(lanplcallfoid, 0)::regprocedure AS handler,
    NULLIF(laninline, 0)::regprocedure AS inline,
    NULLIF(lanvalidator, 0)::regprocedure AS validator
FROM pg_language
WHERE oid >= 16384;

SELECT 'transform' AS kind, NULL AS "of", format_type(trftype, NULL) || ' language ' || quote_ident(lanname) AS name,
    t.tableoid AS class, t.oid, 0 AS sub,
    NULLIF(trffromsql, 0)::regprocedure AS "from sql",
    NULLIF(trftosql, 0)::regprocedure AS "to sql"
FROM pg_transform t
JOIN pg_language l ON l.oid = trflang;

SELECT 'access method' AS kind, NULL AS "of", quote_ident(amname) AS name, tableoid AS class, oid, 0 AS sub,
    CASE amtype WHEN 't' THEN 'table' ELSE 'index' END AS type,
    amhandler::regprocedure AS handler
FROM pg_am
WHERE oid >= 16384;
