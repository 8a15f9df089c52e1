-- What needs one of these things, so that it cannot go, or not without them: each by the words that the catalog has for it.
-- What belongs to the thing itself goes with it, and what belongs to an extension is known by it.
WITH wanted (number, kind, of, name) AS (VALUES :things),
things AS MATERIALIZED (
    SELECT number, 'pg_class'::regclass AS class, to_regclass(name)::oid AS oid, 0 AS sub FROM wanted WHERE kind = 'relation'
    UNION ALL
    SELECT number, 'pg_class'::regclass, attrelid, attnum FROM wanted JOIN pg_attribute ON attrelid = to_regclass(of)
    WHERE kind = 'column' AND quote_ident(attname) = name AND NOT attisdropped
    UNION ALL
    SELECT number, 'pg_proc'::regclass, to_regprocedure(name)::oid, 0 FROM wanted WHERE kind = 'function'
    UNION ALL
    SELECT number, 'pg_type'::regclass, to_regtype(name)::oid, 0 FROM wanted WHERE kind = 'type'
    UNION ALL
    SELECT number, 'pg_constraint'::regclass, c.oid, 0 FROM wanted JOIN pg_constraint c ON conrelid = to_regclass(of)
    WHERE kind = 'constraint' AND quote_ident(conname) = name
    UNION ALL
    -- A foreign key needs the index of the other table's key.
    SELECT number, 'pg_class'::regclass, conindid, 0 FROM wanted JOIN pg_constraint c ON conrelid = to_regclass(of)
    WHERE kind = 'constraint' AND quote_ident(conname) = name AND contype IN ('p', 'u')
),
dependents AS MATERIALIZED (
    SELECT DISTINCT number, t.oid AS thing, t.sub, d.classid, d.objid, d.objsubid
    FROM things t JOIN pg_depend d ON d.refclassid = t.class AND d.refobjid = t.oid AND (t.sub = 0 OR d.refobjsubid = t.sub)
    WHERE d.deptype = 'n' AND d.objid >= 16384
),
relations AS (
    SELECT c.oid, quote_ident(nspname) || '.' || quote_ident(relname) AS name, relkind
    FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname !~ '^pg_(toast|temp)'
),
named AS (
    SELECT number, 'pg_class'::regclass AS class, r.oid, CASE relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' ELSE 'rule' END AS kind,
        CASE WHEN relkind NOT IN ('v', 'm') THEN r.name END AS of,
        CASE WHEN relkind IN ('v', 'm') THEN r.name ELSE quote_ident(rulename) END AS name
    FROM dependents JOIN pg_rewrite w ON w.oid = objid JOIN relations r ON r.oid = ev_class
    WHERE classid = 'pg_rewrite'::regclass AND (sub > 0 OR r.oid <> thing)
    UNION ALL
    SELECT number, classid, objid, 'policy', r.name, quote_ident(polname)
    FROM dependents JOIN pg_policy p ON p.oid = objid JOIN relations r ON r.oid = polrelid
    WHERE classid = 'pg_policy'::regclass AND (sub > 0 OR r.oid <> thing)
    UNION ALL
    SELECT number, classid, objid, 'constraint', r.name, quote_ident(conname)
    FROM dependents JOIN pg_constraint c ON c.oid = objid JOIN relations r ON r.oid = conrelid
    WHERE classid = 'pg_constraint'::regclass AND r.oid <> thing
    UNION ALL
    SELECT number, classid, objid, 'trigger', r.name, quote_ident(tgname)
    FROM dependents JOIN pg_trigger t ON t.oid = objid JOIN relations r ON r.oid = tgrelid
    WHERE classid = 'pg_trigger'::regclass AND NOT tgisinternal AND (sub > 0 OR r.oid <> thing)
    UNION ALL
    SELECT number, 'pg_class'::regclass, r.oid, 'column', r.name, quote_ident(attname)
    FROM dependents JOIN pg_attrdef d ON d.oid = objid JOIN relations r ON r.oid = adrelid
    JOIN pg_attribute ON attrelid = adrelid AND attnum = adnum
    WHERE classid = 'pg_attrdef'::regclass AND (sub > 0 OR r.oid <> thing)
    UNION ALL
    SELECT number, classid, objid, CASE prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END, NULL,
        quote_ident(nspname) || '.' || quote_ident(proname) || '(' || oidvectortypes(proargtypes) || ')'
    FROM dependents JOIN pg_proc p ON p.oid = objid JOIN pg_namespace n ON n.oid = pronamespace
    WHERE classid = 'pg_proc'::regclass
    UNION ALL
    SELECT number, classid, objid, CASE WHEN objsubid > 0 THEN 'column' ELSE 'table' END, CASE WHEN objsubid > 0 THEN r.name END,
        CASE WHEN objsubid > 0 THEN (SELECT quote_ident(attname) FROM pg_attribute WHERE attrelid = objid AND attnum = objsubid) ELSE r.name END
    FROM dependents JOIN relations r ON r.oid = objid
    WHERE classid = 'pg_class'::regclass AND relkind IN ('r', 'p', 'f') AND r.oid <> thing
)
SELECT DISTINCT number, kind, of, name FROM named
WHERE NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = class AND e.objid = named.oid AND e.deptype = 'e')
ORDER BY number, kind, of, name;
