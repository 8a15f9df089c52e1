-- The statements that bring a private server back to how it was in its beginning.
SELECT statement FROM (
    SELECT 1 AS place, format('ALTER DATABASE %I IS_TEMPLATE false', datname) AS statement
    FROM pg_database WHERE oid >= 16384 AND datistemplate AND datname <> current_database()
    UNION ALL
    SELECT 2, format('DROP DATABASE %I WITH (FORCE)', datname)
    FROM pg_database WHERE oid >= 16384 AND datname <> current_database()
    UNION ALL
    SELECT 3, format('DROP TABLESPACE %I', spcname) FROM pg_tablespace WHERE oid >= 16384
    UNION ALL
    SELECT 4, format('DROP OWNED BY %I CASCADE', rolname) FROM pg_roles WHERE oid >= 16384
    UNION ALL
    SELECT 5, format('DROP ROLE %I', rolname) FROM pg_roles WHERE oid >= 16384
    UNION ALL
    SELECT 6, format('REVOKE %I FROM %I', pg_get_userbyid(roleid), pg_get_userbyid(member))
    FROM pg_auth_members WHERE member = 10 AND roleid < 16384
    UNION ALL
    SELECT 7, CASE setrole WHEN 0 THEN 'ALTER ROLE ALL RESET ALL'
        ELSE format('ALTER ROLE %I RESET ALL', pg_get_userbyid(setrole)) END
    FROM pg_db_role_setting WHERE setdatabase = 0 AND setrole < 16384
    UNION ALL
    SELECT 8, format('ALTER DATABASE %I RESET ALL', datname)
    FROM pg_db_role_setting JOIN pg_database d ON d.oid = setdatabase WHERE datname = current_database()
    UNION ALL
    SELECT 9, format('COMMENT ON ROLE %I IS NULL', rolname)
    FROM pg_roles WHERE oid = 10 AND shobj_description(oid, 'pg_authid') IS NOT NULL
    UNION ALL
    SELECT 10, format('ALTER ROLE %I PASSWORD NULL CONNECTION LIMIT -1 VALID UNTIL ''infinity''', rolname)
    FROM pg_authid WHERE oid = 10 AND (rolpassword IS NOT NULL OR rolconnlimit <> -1 OR rolvaliduntil IS NOT NULL)
    UNION ALL -- since 15
    SELECT 11, format('REVOKE ALL ON PARAMETER %s FROM PUBLIC, CURRENT_USER CASCADE', parname) FROM pg_parameter_acl -- since 15
    UNION ALL
    SELECT 12, 'ALTER SYSTEM RESET ALL'
    WHERE EXISTS (SELECT FROM pg_file_settings WHERE sourcefile LIKE '%postgresql.auto.conf')
    UNION ALL
    SELECT 13, 'SELECT pg_catalog.pg_reload_conf()'
    WHERE EXISTS (SELECT FROM pg_file_settings WHERE sourcefile LIKE '%postgresql.auto.conf')
) AS statements
ORDER BY place
;
