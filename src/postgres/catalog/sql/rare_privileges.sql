-- Privileges on what is rare: schemas, languages, foreign data, the database, large objects, and those by default. Like
-- those of common objects (facts.sql), they are shown as far as they differ from the defaults of the object.
WITH granted AS (
    SELECT tableoid AS class, oid, 0 AS sub, nspowner AS owner, nspacl AS acl, acldefault('n', nspowner) AS usual
    FROM pg_namespace WHERE nspacl IS NOT NULL
    UNION ALL
    SELECT tableoid, oid, 0, lanowner, lanacl, acldefault('l', lanowner)
    FROM pg_language WHERE lanacl IS NOT NULL
    UNION ALL
    SELECT tableoid, oid, 0, fdwowner, fdwacl, acldefault('F', fdwowner)
    FROM pg_foreign_data_wrapper WHERE fdwacl IS NOT NULL
    UNION ALL
    SELECT tableoid, oid, 0, srvowner, srvacl, acldefault('S', srvowner)
    FROM pg_foreign_server WHERE srvacl IS NOT NULL
    UNION ALL
    SELECT tableoid, oid, 0, datdba, datacl, acldefault('d', datdba)
    FROM pg_database WHERE datacl IS NOT NULL AND datname = current_database()
    UNION ALL
    SELECT tableoid, oid, 0, defaclrole, defaclacl,
        CASE WHEN defaclnamespace = 0 THEN acldefault(CASE defaclobjtype WHEN 'S' THEN 's' ELSE defaclobjtype END, defaclrole) END
    FROM pg_default_acl
    UNION ALL
    SELECT 'pg_largeobject'::regclass, oid, 0, lomowner, lomacl, acldefault('L', lomowner)
    FROM pg_largeobject_metadata WHERE lomacl IS NOT NULL
), items AS (
    SELECT class, oid, sub,
        CASE grantee WHEN 0 THEN 'PUBLIC' WHEN owner THEN '(owner)' ELSE quote_ident(pg_get_userbyid(grantee)) END
            || CASE WHEN grantor <> owner THEN ' by ' || quote_ident(pg_get_userbyid(grantor)) ELSE '' END AS who,
        string_agg(privilege, ', ' ORDER BY privilege_type, is_grantable) FILTER (WHERE list = 'acl') AS now,
        string_agg(privilege, ', ' ORDER BY privilege_type, is_grantable) FILTER (WHERE list = 'usual') AS before
    FROM granted,
        LATERAL (SELECT 'acl' AS list, e.* FROM aclexplode(acl) e UNION ALL SELECT 'usual', e.* FROM aclexplode(usual) e) AS e,
        LATERAL (SELECT privilege_type || CASE WHEN is_grantable THEN ' with grant option' ELSE '' END AS privilege) AS p
    GROUP BY 1, 2, 3, 4
)
SELECT class, oid, sub, json_agg(who || ': ' || COALESCE(now, 'nothing') ORDER BY who) AS privileges
FROM items
WHERE now IS DISTINCT FROM before
GROUP BY 1, 2, 3;
