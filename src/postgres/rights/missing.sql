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
    WHERE kind = 'database' OR kind = 'new schema' AND NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = name)
    UNION ALL
    SELECT needed.*, n.oid, nspowner, n.oid
    FROM needed JOIN pg_namespace n ON nspname = schema
    WHERE kind = 'new relation' AND NOT EXISTS (SELECT FROM pg_class WHERE relnamespace = n.oid AND relname = name)
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
    WHEN privilege = 'give away' THEN pg_has_role(other.oid, :member) OR owner = other.oid AND kind <> 'new relation'
    WHEN privilege = 'take over'
        THEN is_superuser OR other.rolname = current_user OR owner = other.oid AND kind <> 'new relation'
            OR has_schema_privilege(other.oid, namespace, 'CREATE')
    WHEN privilege = 'take role' THEN pg_has_role(session_user, things.oid, :member)
    WHEN privilege = 'change defaults' THEN pg_has_role(things.oid, :defaults)
    WHEN privilege = 'grant' AND kind = 'schema'
        THEN pg_has_role(owner, 'USAGE') OR has_schema_privilege(things.oid, 'CREATE, USAGE')
    WHEN privilege = 'grant' THEN pg_has_role(owner, 'USAGE') OR CASE (SELECT relkind FROM pg_class c WHERE c.oid = things.oid)
        WHEN 'S' THEN has_sequence_privilege(things.oid, 'USAGE, SELECT, UPDATE')
        ELSE has_table_privilege(things.oid, :any) OR has_any_column_privilege(things.oid, 'SELECT, INSERT, UPDATE, REFERENCES')
    END
    WHEN privilege = 'become user' THEN came_as_superuser OR name = session_user
    WHEN privilege = 'be superuser' THEN is_superuser
    WHEN privilege = 'use language' THEN is_superuser OR has_language_privilege(things.oid, 'USAGE')
        AND (SELECT lanpltrusted FROM pg_language l WHERE l.oid = things.oid)
    WHEN privilege = 'lock' THEN has_table_privilege(things.oid, :lock)
    WHEN privilege = 'maintain' THEN pg_has_role(owner, 'USAGE') OR :maintain
    WHEN kind IN ('database', 'new schema') THEN has_database_privilege(things.oid, privilege)
    WHEN kind IN ('schema', 'new relation') THEN has_schema_privilege(things.oid, privilege)
    -- Without a list of columns, for one of them is enough.
    WHEN privilege IN ('INSERT', 'UPDATE', 'REFERENCES') THEN has_any_column_privilege(things.oid, privilege)
        AND NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = things.oid AND attname = ANY (columns)
            AND NOT has_column_privilege(things.oid, attnum, privilege))
    ELSE has_table_privilege(things.oid, privilege)
END;
