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
), :items
SELECT class, oid, sub, json_agg(who || ': ' || COALESCE(now, 'nothing') ORDER BY who) AS privileges
FROM items
WHERE now IS DISTINCT FROM before
GROUP BY 1, 2, 3;
