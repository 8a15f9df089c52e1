-- What initdb has made, where its comment or its privileges are no longer those that it gave, or where it has a label.
-- Of privileges the server keeps the first ones (pg_init_privs), except those of the information schema. Of comments it
-- does not: those count that are younger than these privileges, which initdb writes when it has written its comments, in
-- transactions with low numbers.
WITH made AS (
    SELECT c.tableoid AS class, c.oid, 0 AS sub, relowner AS owner, relacl AS acl,
        acldefault(CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", relowner)
            || CASE WHEN nspname = 'information_schema' THEN ARRAY[makeaclitem(0, relowner, 'SELECT', false)] END AS usual
    FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE relacl IS NOT NULL AND c.oid < 16384
    UNION ALL
    SELECT c.tableoid, c.oid, attnum, relowner, attacl, NULL
    FROM pg_attribute JOIN pg_class c ON c.oid = attrelid WHERE attacl IS NOT NULL AND attrelid < 16384
    UNION ALL
    SELECT tableoid, oid, 0, proowner, proacl, acldefault('f', proowner) FROM pg_proc WHERE proacl IS NOT NULL AND oid < 16384
    UNION ALL
    SELECT tableoid, oid, 0, typowner, typacl, acldefault('T', typowner) FROM pg_type WHERE typacl IS NOT NULL AND oid < 16384
    UNION ALL
    SELECT tableoid, oid, 0, nspowner, nspacl, acldefault('n', nspowner)
            || CASE WHEN nspname = 'information_schema' THEN ARRAY[makeaclitem(0, nspowner, 'USAGE', false)] END
    FROM pg_namespace WHERE nspacl IS NOT NULL AND oid < 16384 AND nspname <> 'public'
    UNION ALL
    SELECT tableoid, oid, 0, lanowner, lanacl, acldefault('l', lanowner) FROM pg_language WHERE lanacl IS NOT NULL AND oid < 16384
), granted AS (
    SELECT class, oid, sub, owner, acl, COALESCE(initprivs, usual) AS usual
    FROM made LEFT JOIN pg_init_privs ON classoid = class AND objoid = oid AND objsubid = sub
    WHERE acl IS DISTINCT FROM initprivs
), :items, told AS (
    SELECT class, oid, sub, json_agg(who || ': ' || COALESCE(now, 'nothing') ORDER BY who)::text AS privileges, NULL AS comment
    FROM items WHERE now IS DISTINCT FROM before GROUP BY 1, 2, 3
    UNION ALL
    SELECT classoid, objoid, objsubid, NULL, description
    FROM pg_description
    WHERE objoid < 16384 AND classoid NOT IN ('pg_largeobject'::regclass, 'pg_extension'::regclass)
        AND (classoid, objoid) NOT IN (SELECT tableoid, oid FROM pg_namespace WHERE nspname = 'public')
        AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = classoid AND objid = objoid AND deptype = 'e')
        AND xmin::text::bigint > (SELECT max(xmin::text::bigint) FROM pg_init_privs WHERE privtype = 'i' AND objoid < 16384)
    UNION ALL
    SELECT classoid, objoid, objsubid, NULL, NULL
    FROM pg_seclabel
    WHERE objoid < 16384 AND classoid <> 'pg_largeobject'::regclass
        AND (classoid, objoid) NOT IN (SELECT tableoid, oid FROM pg_namespace WHERE nspname = 'public')
)
SELECT 'built-in' AS kind, NULL AS "of", type || ' ' || identity AS name, class, oid, sub,
    max(privileges) AS privileges, max(comment) AS comment
FROM told, LATERAL pg_identify_object(class, oid, sub)
GROUP BY class, oid, sub, type, identity;
