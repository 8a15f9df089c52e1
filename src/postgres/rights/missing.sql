-- Which of these rights the current role does not have, each with whom the thing belongs to.
WITH needed (number, privilege, kind, schema, name) AS (VALUES :needed),
things AS MATERIALIZED (
    SELECT number, kind, privilege, c.oid, relowner AS owner, relnamespace AS namespace
    FROM needed JOIN pg_namespace n ON nspname = schema JOIN pg_class c ON relnamespace = n.oid AND relname = name
    WHERE kind = 'relation'
    UNION ALL
    SELECT number, kind, privilege, p.oid, proowner, pronamespace
    FROM needed JOIN pg_proc p ON p.oid = to_regprocedure(name)
    WHERE kind = 'function'
    UNION ALL
    SELECT number, kind, privilege, t.oid, typowner, typnamespace
    FROM needed JOIN pg_type t ON t.oid = to_regtype(name)
    WHERE kind = 'type'
    UNION ALL
    SELECT number, kind, privilege, n.oid, nspowner, n.oid
    FROM needed JOIN pg_namespace n ON nspname = name
    WHERE kind = 'schema'
    UNION ALL
    SELECT number, kind, privilege, d.oid, datdba, 0
    FROM needed JOIN pg_database d ON datname = current_database()
    WHERE kind = 'database'
)
SELECT number, current_user AS role, pg_get_userbyid(owner) AS owner
FROM things
WHERE NOT CASE
    WHEN privilege = 'own' THEN pg_has_role(owner, 'USAGE')
    WHEN privilege = 'drop' THEN pg_has_role(owner, 'USAGE')
        OR (SELECT pg_has_role(nspowner, 'USAGE') FROM pg_namespace n WHERE n.oid = namespace)
    WHEN kind = 'database' THEN has_database_privilege(oid, privilege)
    WHEN kind = 'schema' THEN has_schema_privilege(oid, privilege)
    -- For a column is enough.
    WHEN privilege IN ('INSERT', 'UPDATE', 'REFERENCES') THEN has_any_column_privilege(oid, privilege)
    ELSE has_table_privilege(oid, privilege)
END;
