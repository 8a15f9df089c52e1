-- What a migration may make or change outside of its database, on a server that has nobody else's. Each row is one
-- attribute. Whether a role has a password is shown, but not which: the same one is kept in other words each time.
SELECT 'role' AS kind, quote_ident(rolname) AS name, attribute, value
FROM pg_authid r, LATERAL (VALUES
    ('superuser', CASE WHEN rolsuper THEN 'true' END),
    ('login', CASE WHEN rolcanlogin THEN 'true' END),
    ('create role', CASE WHEN rolcreaterole THEN 'true' END),
    ('create database', CASE WHEN rolcreatedb THEN 'true' END),
    ('inherit', rolinherit::text),
    ('replication', CASE WHEN rolreplication THEN 'true' END),
    ('bypass row security', CASE WHEN rolbypassrls THEN 'true' END),
    ('connection limit', NULLIF(rolconnlimit, -1)::text),
    ('valid until', rolvaliduntil::text),
    ('password', CASE WHEN rolpassword IS NOT NULL THEN '(hidden)' END),
    ('comment', shobj_description(oid, 'pg_authid')),
    ('security labels', (SELECT json_agg(provider || ': ' || label ORDER BY provider) FROM pg_shseclabel
        WHERE objoid = r.oid AND classoid = r.tableoid)::text),
    ('member of', (SELECT json_agg(membership ORDER BY membership) FROM pg_auth_members m,
        LATERAL (SELECT quote_ident(pg_get_userbyid(roleid))
            || CASE WHEN admin_option THEN ' with admin option' ELSE '' END
            || CASE WHEN inherit_option THEN '' ELSE ' without inheriting' END -- since 16
            || CASE WHEN set_option THEN '' ELSE ' without SET ROLE' END -- since 16
            AS membership) AS it
        WHERE member = r.oid)::text),
    ('settings', (SELECT json_agg(shown ORDER BY shown) FROM pg_db_role_setting,
        unnest(setconfig) AS setting,
        LATERAL (SELECT CASE WHEN setting ~* '^[^=]*(passw|secret|token|credential|key)'
            THEN split_part(setting, '=', 1) || '=(hidden)' ELSE setting END AS shown) AS it
        WHERE setrole = r.oid AND setdatabase = 0)::text)
) AS attributes (attribute, value)
WHERE rolname !~ '^pg_' AND (value IS NOT NULL OR attribute = 'inherit')
UNION ALL
SELECT 'setting', split_part(setting, '=', 1) || ' of all roles', 'value', substr(setting, strpos(setting, '=') + 1)
FROM pg_db_role_setting, unnest(setconfig) AS setting
WHERE setrole = 0 AND setdatabase = 0
UNION ALL
SELECT 'setting', name || ' of the server', 'value', setting
FROM pg_file_settings
WHERE sourcefile LIKE '%postgresql.auto.conf'
UNION ALL
SELECT 'database', quote_ident(datname), 'owner', pg_get_userbyid(datdba)
FROM pg_database
WHERE oid >= 16384 AND datname <> ALL (ours) AND datname !~ '^pmdb_scratch_'
UNION ALL
SELECT 'tablespace', quote_ident(spcname), attribute, value
FROM pg_tablespace t, LATERAL (VALUES
    ('owner', pg_get_userbyid(spcowner)),
    ('privileges', (SELECT json_agg(item::text ORDER BY item::text) FROM unnest(spcacl) AS item)::text),
    ('options', (SELECT json_agg(option ORDER BY option) FROM unnest(spcoptions) AS option)::text),
    ('comment', shobj_description(oid, 'pg_tablespace'))
) AS attributes (attribute, value)
WHERE value IS NOT NULL
UNION ALL -- since 15
SELECT 'parameter', parname, 'privileges', (SELECT json_agg(item::text ORDER BY item::text) FROM unnest(paracl) AS item)::text -- since 15
FROM pg_parameter_acl -- since 15
;
