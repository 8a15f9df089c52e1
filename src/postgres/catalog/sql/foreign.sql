-- Values of options that sound secret are not read, and none of a user mapping.
SELECT 'foreign data wrapper' AS kind, NULL AS "of", quote_ident(fdwname) AS name, tableoid AS class, oid, 0 AS sub,
    pg_get_userbyid(fdwowner) AS owner,
    NULLIF(fdwhandler, 0)::regprocedure AS handler,
    NULLIF(fdwvalidator, 0)::regprocedure AS validator,
    (SELECT json_agg(CASE WHEN option ~* :secret_option THEN split_part(option, '=', 1)
                          ELSE option END ORDER BY option) FROM unnest(fdwoptions) AS option
     WHERE option ~ :any_option) AS options
FROM pg_foreign_data_wrapper;

SELECT 'server' AS kind, NULL AS "of", quote_ident(srvname) AS name, s.tableoid AS class, s.oid, 0 AS sub,
    pg_get_userbyid(srvowner) AS owner,
    quote_ident(fdwname) AS wrapper,
    srvtype AS type,
    srvversion AS version,
    (SELECT json_agg(CASE WHEN option ~* :secret_option THEN split_part(option, '=', 1)
                          ELSE option END ORDER BY option) FROM unnest(srvoptions) AS option
     WHERE option ~ :any_option) AS options
FROM pg_foreign_server s
JOIN pg_foreign_data_wrapper w ON w.oid = srvfdw;

-- The view is open to everyone; it hides the options from those who may not see them.
SELECT 'user mapping' AS kind, quote_ident(srvname) AS "of",
    CASE umuser WHEN 0 THEN 'PUBLIC' ELSE quote_ident(usename) END AS name,
    'pg_user_mapping'::regclass::oid AS class, umid AS oid, 0 AS sub,
    (SELECT json_agg(split_part(option, '=', 1) ORDER BY option) FROM unnest(umoptions) AS option
     WHERE option ~ :any_option) AS options
FROM pg_user_mappings;
