SELECT 'collation' AS kind, NULL AS "of", quote_ident(nspname) || '.' || quote_ident(collname) AS name,
    c.tableoid AS class, c.oid, 0 AS sub,
    pg_get_userbyid(collowner) AS owner,
    CASE collprovider WHEN 'i' THEN 'icu' WHEN 'c' THEN 'libc' WHEN 'b' THEN 'builtin' ELSE 'default' END AS provider,
    CASE WHEN NOT collisdeterministic THEN 'false' END AS deterministic,
    NULLIF(collencoding, -1) AS encoding,
    collcollate AS collate,
    colliculocale AS locale, -- since 15 -- before 17
    colllocale AS locale, -- since 17
    collicurules AS rules, -- since 16
    collctype AS ctype
FROM pg_collation c
JOIN pg_namespace n ON n.oid = collnamespace
WHERE c.oid >= 16384 AND nspname !~ '^pg_(toast|temp)';

SELECT 'conversion' AS kind, NULL AS "of", quote_ident(nspname) || '.' || quote_ident(conname) AS name,
    c.tableoid AS class, c.oid, 0 AS sub,
    pg_get_userbyid(conowner) AS owner,
    pg_encoding_to_char(conforencoding) AS "from",
    pg_encoding_to_char(contoencoding) AS "to",
    conproc::regprocedure AS function,
    CASE WHEN condefault THEN 'true' END AS "default"
FROM pg_conversion c
JOIN pg_namespace n ON n.oid = connamespace
WHERE c.oid >= 16384 AND nspname !~ '^pg_(toast|temp)';

SELECT 'text search parser' AS kind, NULL AS "of", quote_ident(nspname) || '.' || quote_ident(prsname) AS name,
    p.tableoid AS class, p.oid, 0 AS sub,
    NULLIF(prsstart, 0)::regprocedure AS start,
    NULLIF(prstoken, 0)::regprocedure AS "get token",
    NULLIF(prsend, 0)::regprocedure AS "end",
    NULLIF(prsheadline, 0)::regprocedure AS headline,
    NULLIF(prslextype, 0)::regprocedure AS "lexical types"
FROM pg_ts_parser p
JOIN pg_namespace n ON n.oid = prsnamespace
WHERE p.oid >= 16384 AND nspname !~ '^pg_(toast|temp)';

SELECT 'text search template' AS kind, NULL AS "of", quote_ident(nspname) || '.' || quote_ident(tmplname) AS name,
    t.tableoid AS class, t.oid, 0 AS sub,
    NULLIF(tmplinit, 0)::regprocedure AS init,
    NULLIF(tmpllexize, 0)::regprocedure AS lexize
FROM pg_ts_template t
JOIN pg_namespace n ON n.oid = tmplnamespace
WHERE t.oid >= 16384 AND nspname !~ '^pg_(toast|temp)';

SELECT 'text search dictionary' AS kind, NULL AS "of", quote_ident(n.nspname) || '.' || quote_ident(dictname) AS name,
    d.tableoid AS class, d.oid, 0 AS sub,
    pg_get_userbyid(dictowner) AS owner,
    quote_ident(tn.nspname) || '.' || quote_ident(tmplname) AS template,
    dictinitoption AS options
FROM pg_ts_dict d
JOIN pg_namespace n ON n.oid = dictnamespace
JOIN pg_ts_template t ON t.oid = dicttemplate
JOIN pg_namespace tn ON tn.oid = tmplnamespace
WHERE d.oid >= 16384 AND n.nspname !~ '^pg_(toast|temp)';

SELECT 'text search configuration' AS kind, NULL AS "of", quote_ident(n.nspname) || '.' || quote_ident(cfgname) AS name,
    c.tableoid AS class, c.oid, 0 AS sub,
    pg_get_userbyid(cfgowner) AS owner,
    quote_ident(pn.nspname) || '.' || quote_ident(prsname) AS parser,
    (SELECT json_agg(alias || ': ' || dictionaries ORDER BY alias) FROM (
        SELECT alias, string_agg(mapdict::regdictionary::text, ', ' ORDER BY mapseqno) AS dictionaries
        FROM pg_ts_config_map JOIN ts_token_type(cfgparser) ON tokid = maptokentype
        WHERE mapcfg = c.oid GROUP BY alias) AS mappings) AS mappings
FROM pg_ts_config c
JOIN pg_namespace n ON n.oid = cfgnamespace
JOIN pg_ts_parser p ON p.oid = cfgparser
JOIN pg_namespace pn ON pn.oid = prsnamespace
WHERE c.oid >= 16384 AND n.nspname !~ '^pg_(toast|temp)';
