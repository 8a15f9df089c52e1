-- The objects of classes $1 with the numbers $2, and all that depends on them. A part that the server has made (the rule
-- of a view, the columns of a composite type) leads to its whole, and a default to its table.
-- `rare` tells whether any of them is not read one by one, `sorts` what sorts of objects there are among those that still
-- exist: relations by their relkind, types by their typtype, all others by their catalog. Queries say which they read.
WITH RECURSIVE touched (class, oid) AS (
    SELECT class, oid FROM unnest($1, $2) AS changed (class, oid)
    UNION
    SELECT next.class, next.oid FROM touched t, LATERAL (
        SELECT classid, objid FROM pg_depend WHERE refclassid = t.class AND refobjid = t.oid AND objid >= 16384
        UNION ALL
        SELECT refclassid, refobjid FROM pg_depend WHERE classid = t.class AND objid = t.oid AND refobjid >= 16384
            AND (deptype = 'i' OR t.class = 'pg_attrdef'::regclass AND deptype = 'a')
    ) AS next (class, oid)
)
SELECT array_agg(DISTINCT t.oid) AS dependents,
    bool_or(class NOT IN ('pg_class'::regclass, 'pg_attrdef'::regclass, 'pg_type'::regclass, 'pg_constraint'::regclass,
        'pg_trigger'::regclass, 'pg_rewrite'::regclass, 'pg_policy'::regclass, 'pg_statistic_ext'::regclass,
        'pg_proc'::regclass)) AS rare,
    string_agg(DISTINCT sort, ' ') AS sorts
FROM touched t, LATERAL (SELECT CASE t.class
    WHEN 'pg_class'::regclass THEN (SELECT 'relation:' || relkind::text FROM pg_class WHERE oid = t.oid)
    WHEN 'pg_type'::regclass THEN (
        -- The array of a type, and the type of a table's rows, come with it.
        SELECT 'type:' || typtype::text FROM pg_type y
        WHERE oid = t.oid AND NOT EXISTS (SELECT FROM pg_type element WHERE element.oid = y.typelem AND element.typarray = y.oid)
            AND NOT EXISTS (SELECT FROM pg_class WHERE oid = y.typrelid AND relkind <> 'c'))
    -- Those of a foreign key come with it.
    WHEN 'pg_trigger'::regclass THEN (
        SELECT 'pg_trigger' FROM pg_trigger WHERE oid = t.oid AND (NOT tgisinternal OR tgparentid <> 0))
    ELSE t.class::regclass::text
END AS sort) AS s;
