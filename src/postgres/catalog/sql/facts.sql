-- What is known of objects of any kind, by the number that the server knows them by.
SELECT classoid AS class, objoid AS oid, objsubid AS sub, description AS comment
FROM pg_description
WHERE objoid >= 16384 OR classoid IN ('pg_namespace'::regclass, 'pg_extension'::regclass, 'pg_largeobject'::regclass)
UNION ALL
SELECT classoid, objoid, 0, description
FROM pg_shdescription JOIN pg_database d ON d.oid = objoid AND d.tableoid = classoid
WHERE datname = current_database();

-- reads labels
SELECT classoid AS class, objoid AS oid, objsubid AS sub,
    json_agg(provider || ': ' || label ORDER BY provider) AS "security labels"
FROM (
    SELECT classoid, objoid, objsubid, provider, label FROM pg_seclabel
    UNION ALL
    SELECT classoid, objoid, 0, provider, label FROM pg_shseclabel
) AS labels
GROUP BY 1, 2, 3;

-- What `ALTER … DEPENDS ON EXTENSION` has tied to an extension goes with it.
-- reads members
SELECT classid AS class, objid AS oid, 0 AS sub, json_agg(quote_ident(extname) ORDER BY extname) AS "depends on extensions"
FROM pg_depend JOIN pg_extension e ON e.oid = refobjid AND e.tableoid = refclassid
WHERE deptype = 'x'
GROUP BY 1, 2;

-- Privileges, as far as they are other than an object has when nobody has granted or revoked any. The owner is not
-- called by name, so that a change of the owner is one change.
-- reads privileges
WITH granted AS (
    SELECT tableoid AS class, oid, 0 AS sub, relowner AS owner, relacl AS acl,
        acldefault(CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", relowner) AS usual
    FROM pg_class WHERE relacl IS NOT NULL AND oid >= 16384
    UNION ALL
    SELECT c.tableoid, c.oid, attnum, relowner, attacl, NULL
    FROM pg_attribute JOIN pg_class c ON c.oid = attrelid WHERE attacl IS NOT NULL AND c.oid >= 16384
    UNION ALL
    SELECT tableoid, oid, 0, proowner, proacl, acldefault('f', proowner)
    FROM pg_proc WHERE proacl IS NOT NULL AND oid >= 16384
    UNION ALL
    SELECT tableoid, oid, 0, typowner, typacl, acldefault('T', typowner)
    FROM pg_type WHERE typacl IS NOT NULL AND oid >= 16384
), :items
SELECT class, oid, sub, json_agg(who || ': ' || COALESCE(now, 'nothing') ORDER BY who) AS privileges
FROM items
WHERE now IS DISTINCT FROM before
GROUP BY 1, 2, 3;
