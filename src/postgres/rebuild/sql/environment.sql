-- What a migration finds outside of its database. Each row says what it tells of. The path is one of the settings that are
-- read, so it is not set, and every name is qualified.
SELECT 'here' AS what, current_user AS role, pg_catalog.pg_get_userbyid(datdba) AS owner
FROM pg_catalog.pg_database
WHERE datname OPERATOR(pg_catalog.=) pg_catalog.current_database();

-- 10 is the role that initdb made (BOOTSTRAP_SUPERUSERID, in the server's source). Names with pg_ are the server's own.
SELECT 'role' AS what, rolname AS role, CASE WHEN oid OPERATOR(pg_catalog.=) 10::pg_catalog.oid THEN 'yes' END AS "of initdb"
FROM pg_catalog.pg_roles
WHERE NOT pg_catalog.starts_with(rolname::pg_catalog.text, 'pg_')
ORDER BY oid;

-- Settings that decide what a statement means, and those that migrations may ask for (`app.tenant`): as the server, the
-- database or the connection string has them, then as they are set for a role, or for a role in this database.
SELECT 'setting' AS what, NULL AS role, CASE WHEN source OPERATOR(pg_catalog.=) 'client' THEN 'session' ELSE 'database' END AS scope, name,
    pg_catalog.current_setting(name) AS value
FROM pg_catalog.pg_settings
WHERE name OPERATOR(pg_catalog.=) ANY ('{search_path,TimeZone,DateStyle,IntervalStyle,default_table_access_method,
    default_toast_compression,check_function_bodies}'::pg_catalog.text[])
AND source OPERATOR(pg_catalog.<>) ALL ('{user,database user,session}'::pg_catalog.text[]);

SELECT 'setting' AS what, CASE WHEN setrole OPERATOR(pg_catalog.<>) 0::pg_catalog.oid THEN pg_catalog.pg_get_userbyid(setrole) END AS role,
    CASE WHEN setdatabase OPERATOR(pg_catalog.=) 0::pg_catalog.oid THEN 'server' ELSE 'database' END AS scope,
    name, pg_catalog.substr(setting, pg_catalog.length(name) OPERATOR(pg_catalog.+) 2) AS value
FROM pg_catalog.pg_db_role_setting
LEFT JOIN pg_catalog.pg_database d ON d.oid OPERATOR(pg_catalog.=) setdatabase,
    pg_catalog.unnest(setconfig) AS setting,
    pg_catalog.split_part(setting, '=', 1) AS name
WHERE (setdatabase OPERATOR(pg_catalog.=) 0::pg_catalog.oid OR datname OPERATOR(pg_catalog.=) pg_catalog.current_database())
AND (name OPERATOR(pg_catalog.=) ANY ('{search_path,TimeZone,DateStyle,IntervalStyle,default_table_access_method,
    default_toast_compression,check_function_bodies,role}'::pg_catalog.text[])
    OR pg_catalog.strpos(name, '.') OPERATOR(pg_catalog.>) 0 AND NOT pg_catalog.starts_with(name, 'pmdb.'))
ORDER BY setdatabase, setrole;

SELECT 'citus' AS what, NULL AS role
FROM pg_catalog.pg_extension
WHERE extname OPERATOR(pg_catalog.=) 'citus'::pg_catalog.name
