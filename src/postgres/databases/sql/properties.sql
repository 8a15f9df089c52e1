-- What a database has as a whole, a row each. Two databases with the same rows differ in their contents only.
WITH this AS (SELECT d.*, to_jsonb(d) AS fields FROM pg_database d WHERE datname = :database)
SELECT what, value FROM this, LATERAL (VALUES
    ('owner', pg_get_userbyid(datdba)::text),
    ('encoding', pg_encoding_to_char(encoding)::text),
    ('collation', datcollate::text),
    ('character type', datctype::text),
    ('locale provider', fields->>'datlocprovider'),
    ('locale', COALESCE(fields->>'datlocale', fields->>'daticulocale')),
    ('ICU rules', fields->>'daticurules'),
    ('tablespace', dattablespace::text),
    -- -2 is the mark of a DROP that was broken off.
    ('connection limit', greatest(datconnlimit, -1)::text),
    ('setting ALLOW_CONNECTIONS', datallowconn::text),
    ('mark as a template', datistemplate::text),
    ('privileges', (SELECT string_agg(entry::text, ' ' ORDER BY entry::text) FROM aclexplode(datacl) AS entry)),
    ('privileges', (datacl IS NULL)::text),
    ('comment', shobj_description(oid, 'pg_database'))) AS property (what, value)
UNION ALL
SELECT 'security label of ' || provider, label
FROM this JOIN pg_shseclabel ON objoid = this.oid AND classoid = 'pg_database'::regclass
UNION ALL
SELECT 'setting ' || split_part(setting, '=', 1)
    || CASE WHEN setrole = 0 THEN '' ELSE ' for role ' || pg_get_userbyid(setrole) END, setting
FROM this JOIN pg_db_role_setting ON setdatabase = this.oid, unnest(setconfig) AS setting
