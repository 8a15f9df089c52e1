SELECT next.class, next.oid FROM touched t, LATERAL (
    SELECT classid, objid FROM pg_depend WHERE refclassid = t.class AND refobjid = t.oid AND objid >= 16384
    UNION ALL
    SELECT refclassid, refobjid FROM pg_depend WHERE classid = t.class AND objid = t.oid AND refobjid >= 16384
        AND (deptype = 'i' OR t.class = 'pg_attrdef'::regclass AND deptype = 'a')
) AS next (class, oid)
