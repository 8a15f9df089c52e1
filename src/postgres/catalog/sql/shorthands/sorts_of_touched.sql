SELECT 'dependents' AS changes, NULL::oid AS class, array_agg(DISTINCT t.oid) AS changed, NULL::oid[] AS present, NULL::oid[] AS holders,
    bool_or(class NOT IN ('pg_class'::regclass, 'pg_attrdef'::regclass, 'pg_type'::regclass, 'pg_constraint'::regclass,
        'pg_trigger'::regclass, 'pg_rewrite'::regclass, 'pg_policy'::regclass, 'pg_statistic_ext'::regclass,
        'pg_proc'::regclass)) AS rare,
    concat_ws(' ', string_agg(DISTINCT sort, ' '),
        CASE WHEN EXISTS (SELECT FROM pg_seclabel) OR EXISTS (SELECT FROM pg_shseclabel) THEN 'labels' END,
        CASE WHEN EXISTS (
            SELECT FROM pg_depend WHERE refclassid = 'pg_extension'::regclass AND deptype IN ('e', 'x') AND objid >= 16384
        ) THEN 'members' END) AS sorts
FROM touched t, LATERAL (SELECT CASE t.class
    WHEN 'pg_class'::regclass THEN (
        SELECT 'relation:' || relkind::text || CASE WHEN relacl IS NOT NULL
                OR EXISTS (SELECT FROM pg_attribute WHERE attrelid = t.oid AND attacl IS NOT NULL)
            THEN ' privileges' ELSE '' END
        FROM pg_class WHERE oid = t.oid)
    WHEN 'pg_type'::regclass THEN (
        SELECT 'type:' || typtype::text || CASE WHEN typacl IS NOT NULL THEN ' privileges' ELSE '' END FROM pg_type y
        WHERE oid = t.oid AND NOT EXISTS (SELECT FROM pg_type element WHERE element.oid = y.typelem AND element.typarray = y.oid)
            AND NOT EXISTS (SELECT FROM pg_class WHERE oid = y.typrelid AND relkind <> 'c'))
    WHEN 'pg_proc'::regclass THEN (
        SELECT 'pg_proc' || CASE WHEN proacl IS NOT NULL THEN ' privileges' ELSE '' END FROM pg_proc WHERE oid = t.oid)
    WHEN 'pg_trigger'::regclass THEN (
        SELECT 'pg_trigger' FROM pg_trigger WHERE oid = t.oid AND (NOT tgisinternal OR tgparentid <> 0))
    ELSE t.class::regclass::text
END AS sort) AS s
