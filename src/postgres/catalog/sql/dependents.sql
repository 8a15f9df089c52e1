-- The objects of classes $1 with the numbers $2, and all that depends on them. A part that the server has made (the rule
-- of a view, the columns of a composite type) leads to its whole, and a default to its table. `rare` tells whether any of them is not read one by one.
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
SELECT array_agg(DISTINCT oid) AS dependents,
    bool_or(class NOT IN ('pg_class'::regclass, 'pg_attrdef'::regclass, 'pg_type'::regclass, 'pg_constraint'::regclass,
        'pg_trigger'::regclass, 'pg_rewrite'::regclass, 'pg_policy'::regclass, 'pg_statistic_ext'::regclass,
        'pg_proc'::regclass)) AS rare
FROM touched;
