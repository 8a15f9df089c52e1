SELECT object, format('without quotes it reads as %s', lower(name)) AS why,
    format('%s RENAME%s TO %I;', alter_sql, CASE WHEN part IS NULL THEN '' ELSE format(' COLUMN %I', part) END,
        lower(regexp_replace(name, '([a-z0-9])([A-Z])', '\1_\2', 'g'))) AS fix
FROM (
    SELECT 'pg_namespace'::regclass AS class, oid, name, NULL::name AS part,
        format('%I', name) AS object, format('ALTER SCHEMA %I', name) AS alter_sql
    FROM schemas
    UNION ALL
    SELECT 'pg_class'::regclass, t.oid, t.name, NULL, t.sql, 'ALTER TABLE ' || t.sql FROM tables t
    UNION ALL
    SELECT 'pg_class'::regclass, c.oid, c.relname, NULL, r.sql,
        CASE c.relkind
            WHEN 'v' THEN 'ALTER VIEW ' WHEN 'm' THEN 'ALTER MATERIALIZED VIEW ' ELSE 'ALTER FOREIGN TABLE '
        END || r.sql
    FROM pg_class c JOIN schemas s ON s.oid = c.relnamespace,
        LATERAL (SELECT format('%I.%I', s.name, c.relname) AS sql) AS r
    WHERE c.relkind IN ('v', 'm', 'f') AND NOT c.relispartition
    UNION ALL
    SELECT 'pg_class'::regclass, c.table_oid, c.name, c.name, c.sql, 'ALTER TABLE ' || c.table_sql FROM columns c
    UNION ALL
    SELECT 'pg_proc'::regclass, p.oid, p.proname, NULL, p.oid::regprocedure::text,
        format('ALTER ROUTINE %s', p.oid::regprocedure)
    FROM pg_proc p JOIN schemas s ON s.oid = p.pronamespace
    -- The server makes the constructors of a range type.
    WHERE NOT EXISTS (
        SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'i'
    )
    UNION ALL
    -- Types of their own: not those that come with a table, and no arrays or multiranges.
    SELECT 'pg_type'::regclass, y.oid, y.typname, NULL, format('%I.%I', s.name, y.typname),
        format('ALTER TYPE %I.%I', s.name, y.typname)
    FROM pg_type y JOIN schemas s ON s.oid = y.typnamespace
    WHERE y.typtype IN ('e', 'd', 'r') OR y.typrelid IN (SELECT oid FROM pg_class WHERE relkind = 'c')
) AS named
WHERE name ~ '[A-Z]'
    AND NOT EXISTS (SELECT FROM of_extensions e WHERE e.classid = named.class AND e.objid = named.oid)
