-- Which of these rights the current role does not have, each with whom the thing belongs to.
WITH needed (number, privilege, kind, schema, name, columns, new_owner) AS (VALUES :needed),
things AS MATERIALIZED (
    SELECT needed.*, c.oid, relowner AS owner, relnamespace AS namespace
    FROM needed JOIN pg_namespace n ON nspname = schema JOIN pg_class c ON relnamespace = n.oid AND relname = name
    WHERE kind = 'relation'
    UNION ALL
    SELECT needed.*, p.oid, proowner, pronamespace
    FROM needed JOIN pg_proc p ON p.oid = to_regprocedure(name)
    WHERE kind = 'function'
    UNION ALL
    SELECT needed.*, t.oid, typowner, typnamespace
    FROM needed JOIN pg_type t ON t.oid = to_regtype(name)
    WHERE kind = 'type'
    UNION ALL
    SELECT needed.*, n.oid, nspowner, n.oid
    FROM needed JOIN pg_namespace n ON nspname = name
    WHERE kind = 'schema'
    UNION ALL
    SELECT needed.*, d.oid, datdba, 0
    FROM needed JOIN pg_database d ON datname = current_database()
    WHERE kind = 'database'
    UNION ALL
    SELECT needed.*, r.oid, r.oid, 0
    FROM needed JOIN pg_roles r ON rolname = name
    WHERE kind = 'role'
    UNION ALL
    SELECT needed.*, l.oid, lanowner, 0
    FROM needed JOIN pg_language l ON lanname = name
    WHERE kind = 'language'
),
who AS (
    SELECT bool_or(rolsuper) FILTER (WHERE rolname = current_user) AS is_superuser,
        bool_or(rolsuper) FILTER (WHERE rolname = session_user) AS came_as_superuser
    FROM pg_roles
)
SELECT number, current_user AS role, session_user AS login, pg_get_userbyid(owner) AS owner
FROM who CROSS JOIN things LEFT JOIN pg_roles other ON other.rolname = new_owner
WHERE NOT CASE
    WHEN privilege = 'own' THEN pg_has_role(owner, 'USAGE')
    WHEN privilege = 'drop' THEN pg_has_role(owner, 'USAGE')
        OR (SELECT pg_has_role(nspowner, 'USAGE') FROM pg_namespace n WHERE n.oid = namespace)
    WHEN privilege = 'give away' THEN owner = other.oid OR pg_has_role(other.oid, :member)
    WHEN privilege = 'take over'
        THEN is_superuser OR owner = other.oid OR has_schema_privilege(other.oid, namespace, 'CREATE')
    WHEN privilege = 'take role' THEN pg_has_role(session_user, things.oid, :member)
    WHEN privilege = 'become user' THEN came_as_superuser OR name = session_user
    WHEN privilege = 'be superuser' THEN is_superuser
    WHEN privilege = 'use language' THEN is_superuser OR has_language_privilege(things.oid, 'USAGE')
        AND (SELECT lanpltrusted FROM pg_language l WHERE l.oid = things.oid)
    WHEN privilege = 'lock' THEN has_table_privilege(things.oid, :lock)
    WHEN privilege = 'maintain' THEN pg_has_role(owner, 'USAGE') OR :maintain
    WHEN kind = 'database' THEN has_database_privilege(things.oid, privilege)
    WHEN kind = 'schema' THEN has_schema_privilege(things.oid, privilege)
    -- Without a list of columns, for one of them is enough.
    WHEN privilege IN ('INSERT', 'UPDATE', 'REFERENCES') THEN has_any_column_privilege(things.oid, privilege)
        AND NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = things.oid AND attname = ANY (columns)
            AND NOT has_column_privilege(things.oid, attnum, privilege))
    ELSE has_table_privilege(things.oid, privilege)
END;
