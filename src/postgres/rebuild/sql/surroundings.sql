-- What a migration finds outside of its database. Each row says what it tells of.
SELECT 'here' AS what, current_user AS role, pg_catalog.pg_get_userbyid(datdba) AS owner
FROM pg_catalog.pg_database
WHERE datname = pg_catalog.current_database();

-- 10 is the role that initdb made (BOOTSTRAP_SUPERUSERID, in the server's source). Names with pg_ are the server's own.
SELECT 'role' AS what, rolname AS role, CASE WHEN oid = 10 THEN 'yes' END AS "of initdb"
FROM pg_catalog.pg_roles
WHERE NOT pg_catalog.starts_with(rolname, 'pg_')
ORDER BY oid;

-- Settings that decide what a statement means, and those that migrations may ask for (`app.tenant`): as the server, the
-- database or the connection string has them, then as they are set for a role, or for a role in this database.
SELECT 'setting' AS what, NULL AS role, CASE source WHEN 'client' THEN 'session' ELSE 'database' END AS scope, name,
    pg_catalog.current_setting(name) AS value
FROM pg_catalog.pg_settings
WHERE name IN ('search_path', 'TimeZone', 'DateStyle', 'IntervalStyle', 'default_table_access_method',
    'default_toast_compression', 'check_function_bodies')
AND source NOT IN ('user', 'database user', 'session');

SELECT 'setting' AS what, CASE WHEN setrole <> 0 THEN pg_catalog.pg_get_userbyid(setrole) END AS role,
    CASE WHEN setdatabase = 0 THEN 'server' ELSE 'database' END AS scope,
    name, pg_catalog.substr(setting, pg_catalog.length(name) + 2) AS value
FROM pg_catalog.pg_db_role_setting
LEFT JOIN pg_catalog.pg_database d ON d.oid = setdatabase,
    pg_catalog.unnest(setconfig) AS setting,
    pg_catalog.split_part(setting, '=', 1) AS name
WHERE (setdatabase = 0 OR datname = pg_catalog.current_database())
AND (name IN ('search_path', 'TimeZone', 'DateStyle', 'IntervalStyle', 'default_table_access_method',
    'default_toast_compression', 'check_function_bodies', 'role')
    OR name LIKE '%.%' AND name NOT LIKE 'pmdb.%')
ORDER BY setdatabase, setrole
