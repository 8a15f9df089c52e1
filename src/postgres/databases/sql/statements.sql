-- Statements that make a new database which has as a whole what the old one has, in the order in which they have to run, and
-- what each of them is for. Columns that only some versions have are looked for by their name in `fields`.
WITH this AS (
    SELECT d.oid, datname, datdba, datacl, greatest(datconnlimit, -1) AS datconnlimit, dattablespace, pg_encoding_to_char(encoding) AS encoding, datcollate, datctype,
        COALESCE(fields->>'datlocprovider', 'c') AS provider, fields ? 'datlocprovider' AS has_providers,
        COALESCE(fields->>'datlocale', fields->>'daticulocale') AS locale, fields->>'daticurules' AS rules
    FROM pg_database d, to_jsonb(d) AS fields
    WHERE datname IN (:old, 'template1')
),
old AS (SELECT *, pg_get_userbyid(datdba) AS owner FROM this WHERE datname = :old),
usual AS (SELECT * FROM this WHERE datname = 'template1'),
settings AS (
    SELECT setrole, place, split_part(setting, '=', 1) AS name, substr(setting, strpos(setting, '=') + 1) AS value
    FROM old JOIN pg_db_role_setting ON setdatabase = old.oid, unnest(setconfig) WITH ORDINALITY AS config (setting, place)
),
privileges AS (
    SELECT grantor, format('GRANT %s ON DATABASE %I TO %s%s', privilege_type, :new,
        CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END,
        CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END) AS statement
    FROM old, aclexplode(datacl)
)
SELECT what, statement FROM (
    -- template1 gives what its owner has put there, and can give no other locale than its own.
    SELECT 1 AS step, 0 AS part, 'owner, encoding or tablespace' AS what,
        format('CREATE DATABASE %I OWNER %I', :new, owner)
        || CASE WHEN (old.encoding, old.datcollate, old.datctype, old.provider, old.locale, old.rules)
            IS NOT DISTINCT FROM (usual.encoding, usual.datcollate, usual.datctype, usual.provider, usual.locale, usual.rules)
        THEN '' ELSE
            format(' TEMPLATE template0 ENCODING %L LC_COLLATE %L LC_CTYPE %L', old.encoding, old.datcollate, old.datctype)
            || CASE WHEN NOT old.has_providers THEN '' ELSE CASE old.provider
                WHEN 'i' THEN format(' LOCALE_PROVIDER icu ICU_LOCALE %L', old.locale)
                WHEN 'b' THEN format(' LOCALE_PROVIDER builtin BUILTIN_LOCALE %L', old.locale)
                ELSE ' LOCALE_PROVIDER libc' END END
            || CASE WHEN old.rules IS NULL THEN '' ELSE format(' ICU_RULES %L', old.rules) END
        END
        || CASE WHEN old.dattablespace = usual.dattablespace THEN ''
            ELSE format(' TABLESPACE %I', (SELECT spcname FROM pg_tablespace WHERE oid = old.dattablespace)) END
        || CASE WHEN old.datconnlimit = -1 THEN '' ELSE format(' CONNECTION LIMIT %s', old.datconnlimit) END
        -- Nobody puts anything in it, and so it is known from one that somebody else has made.
        || ' ALLOW_CONNECTIONS false' AS statement
    FROM old, usual
    UNION ALL
    SELECT 2, place, 'setting ' || name
        || CASE WHEN setrole = 0 THEN '' ELSE ' for role ' || pg_get_userbyid(setrole) END,
        CASE WHEN setrole = 0 THEN format('ALTER DATABASE %I', :new)
            ELSE format('ALTER ROLE %I IN DATABASE %I', pg_get_userbyid(setrole), :new) END
        || ' SET ' || (SELECT string_agg(quote_ident(word), '.' ORDER BY at)
            FROM unnest(string_to_array(name, '.')) WITH ORDINALITY AS words (word, at))
        || ' = '
        -- These are lists of names. As one literal it would be a single name with commas in it.
        || CASE WHEN name IN ('search_path', 'temp_tablespaces', 'local_preload_libraries', 'session_preload_libraries')
        THEN COALESCE((SELECT string_agg(quote_literal(COALESCE(replace(element[1], '""', '"'), trim(element[2]))), ', ' ORDER BY at)
            FROM regexp_matches(value, '\s*(?:"((?:[^"]|"")*)"|([^,"]+))\s*(?:,|$)', 'g') WITH ORDINALITY AS elements (element, at)),
            '''''')
        ELSE quote_literal(value) END
    FROM settings
    UNION ALL
    SELECT 3, 0, 'privileges', format('REVOKE ALL ON DATABASE %I FROM PUBLIC, %I', :new, owner) FROM old WHERE datacl IS NOT NULL
    UNION ALL
    SELECT 4, 0, 'privileges', statement FROM old JOIN privileges ON grantor = datdba
    UNION ALL
    -- A privilege that somebody has passed on.
    SELECT 5, 0, 'privileges', format('SET LOCAL ROLE %I; %s', pg_get_userbyid(grantor), statement)
    FROM old JOIN privileges ON grantor <> datdba
    UNION ALL
    SELECT 6, 0, 'comment', format('COMMENT ON DATABASE %I IS %L', :new, shobj_description(oid, 'pg_database'))
    FROM old WHERE shobj_description(oid, 'pg_database') IS NOT NULL
    UNION ALL
    SELECT 7, 0, 'security label of ' || l.provider, format('SECURITY LABEL FOR %I ON DATABASE %I IS %L', l.provider, :new, label)
    FROM old JOIN pg_shseclabel l ON objoid = old.oid AND classoid = 'pg_database'::regclass
) AS statements
ORDER BY step, part
