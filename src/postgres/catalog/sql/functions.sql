-- reads pg_proc
SELECT CASE prokind WHEN 'p' THEN 'procedure' ELSE 'function' END AS kind, NULL AS "of",
    quote_ident(nspname) || '.' || quote_ident(proname) || '(' || oidvectortypes(proargtypes) || ')' AS name,
    p.tableoid AS class, p.oid, 0 AS sub,
    pg_get_userbyid(proowner) AS owner,
    NULLIF(pg_get_function_arguments(p.oid), '') AS arguments,
    pg_get_function_result(p.oid) AS result,
    quote_ident(lanname) AS language,
    COALESCE(pg_get_function_sqlbody(p.oid), prosrc) AS body,
    probin AS library,
    CASE WHEN prokind = 'w' THEN 'true' END AS "window",
    CASE provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' END AS volatility,
    CASE WHEN proisstrict THEN 'true' END AS strict,
    CASE WHEN prosecdef THEN 'definer' END AS security,
    CASE WHEN proleakproof THEN 'true' END AS leakproof,
    CASE proparallel WHEN 's' THEN 'safe' WHEN 'r' THEN 'restricted' END AS parallel,
    procost AS cost,
    NULLIF(prorows, 0) AS rows,
    NULLIF(prosupport, 0)::regprocedure AS support,
    (SELECT json_agg(setting ORDER BY setting) FROM unnest(proconfig) AS setting WHERE setting ~ :any_option) AS settings,
    (SELECT json_agg(format_type(type, NULL)) FROM unnest(protrftypes) AS type) AS transforms
FROM pg_proc p
JOIN pg_namespace n ON n.oid = pronamespace
JOIN pg_language l ON l.oid = prolang
WHERE p.oid >= 16384 AND prokind <> 'a' AND nspname !~ '^pg_(toast|temp)';

-- reads pg_proc
SELECT 'aggregate' AS kind, NULL AS "of",
    quote_ident(nspname) || '.' || quote_ident(proname) || '(' || oidvectortypes(proargtypes) || ')' AS name,
    p.tableoid AS class, p.oid, 0 AS sub,
    pg_get_userbyid(proowner) AS owner,
    NULLIF(pg_get_function_arguments(p.oid), '') AS arguments,
    pg_get_function_result(p.oid) AS result,
    CASE proparallel WHEN 's' THEN 'safe' WHEN 'r' THEN 'restricted' END AS parallel,
    CASE aggkind WHEN 'o' THEN 'ordered set' WHEN 'h' THEN 'hypothetical set' END AS variety,
    NULLIF(aggnumdirectargs, 0) AS "direct arguments",
    aggtransfn::regprocedure AS "state function",
    format_type(aggtranstype, NULL) AS "state type",
    NULLIF(aggtransspace, 0) AS "state space",
    agginitval AS "first state",
    NULLIF(aggfinalfn, 0)::regprocedure AS "final function",
    CASE WHEN aggfinalextra THEN 'true' END AS "final function with extra arguments",
    aggfinalmodify AS "final function modifies",
    NULLIF(aggcombinefn, 0)::regprocedure AS combine,
    NULLIF(aggserialfn, 0)::regprocedure AS serialize,
    NULLIF(aggdeserialfn, 0)::regprocedure AS deserialize,
    NULLIF(aggmtransfn, 0)::regprocedure AS "moving state function",
    NULLIF(aggminvtransfn, 0)::regprocedure AS "moving inverse function",
    NULLIF(aggmfinalfn, 0)::regprocedure AS "moving final function",
    CASE WHEN aggmfinalextra THEN 'true' END AS "moving final function with extra arguments",
    aggmfinalmodify AS "moving final function modifies",
    CASE WHEN aggmtranstype <> 0 THEN format_type(aggmtranstype, NULL) END AS "moving state type",
    NULLIF(aggmtransspace, 0) AS "moving state space",
    aggminitval AS "moving first state",
    NULLIF(aggsortop, 0)::regoperator AS "sort operator"
FROM pg_proc p
JOIN pg_aggregate a ON aggfnoid = p.oid
JOIN pg_namespace n ON n.oid = pronamespace
WHERE p.oid >= 16384 AND nspname !~ '^pg_(toast|temp)';
