SELECT 'database' AS kind, NULL AS "of", 'database' AS name, tableoid AS class, oid, 0 AS sub,
    pg_get_userbyid(datdba) AS owner,
    NULLIF(datconnlimit, -1) AS "connection limit",
    CASE WHEN NOT datallowconn THEN 'false' END AS "connections allowed",
    CASE WHEN datistemplate THEN 'true' END AS template
FROM pg_database
WHERE datname = current_database();

-- pmdb's own settings, such as pmdb.protected, say nothing of the schema. Values that sound secret are not read.
SELECT 'setting' AS kind, NULL AS "of",
    split_part(setting, '=', 1) || CASE WHEN setrole = 0 THEN '' ELSE ' for role ' || quote_ident(pg_get_userbyid(setrole)) END
        AS name,
    s.tableoid AS class, setrole AS oid, place AS sub,
    CASE WHEN setting ~* '^[^=]*(passw|secret|token|credential|key)' THEN '(hidden)'
        ELSE substr(setting, strpos(setting, '=') + 1) END AS value
FROM pg_db_role_setting s
JOIN pg_database d ON d.oid = setdatabase,
    unnest(setconfig) WITH ORDINALITY AS config (setting, place)
WHERE datname = current_database() AND setting NOT LIKE 'pmdb.%' AND setting ~ :any_option;

SELECT 'default privileges' AS kind, NULL AS "of",
    'of ' || quote_ident(pg_get_userbyid(defaclrole)) || ' for ' || CASE defaclobjtype WHEN 'r' THEN 'tables'
        WHEN 'S' THEN 'sequences' WHEN 'f' THEN 'functions' WHEN 'T' THEN 'types' WHEN 'n' THEN 'schemas'
        ELSE 'large objects' END || COALESCE(' in schema ' || quote_ident(nspname), '') AS name,
    d.tableoid AS class, d.oid, 0 AS sub
FROM pg_default_acl d
LEFT JOIN pg_namespace n ON n.oid = defaclnamespace;

-- Where there are many, they are data.
SELECT 'large object' AS kind, NULL AS "of", oid::text AS name, 'pg_largeobject'::regclass::oid AS class, oid, 0 AS sub,
    pg_get_userbyid(lomowner) AS owner
FROM pg_largeobject_metadata
WHERE (SELECT count(*) FROM (SELECT FROM pg_largeobject_metadata LIMIT 1001) AS few) <= 1000;
