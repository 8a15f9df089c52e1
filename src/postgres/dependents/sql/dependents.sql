-- What needs one of these things, so that it cannot go, or not without them: each by the words that the catalog has for it.
-- What belongs to the thing itself goes with it, and what belongs to an extension is known by it.
WITH wanted (number, kind, of, name) AS (VALUES :things),
roots AS MATERIALIZED (
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
    UNION ALL
    -- Whatever is made by an extension goes with it.
    SELECT number, m.classid, m.objid, 0 FROM wanted JOIN pg_extension e ON quote_ident(extname) = name
    JOIN pg_depend m ON m.refclassid = 'pg_extension'::regclass AND m.refobjid = e.oid AND m.deptype = 'e'
    WHERE kind = 'extension'
    UNION ALL
    SELECT number, 'pg_collation'::regclass, to_regcollation(name)::oid, 0 FROM wanted WHERE kind = 'collation'
    UNION ALL
    SELECT number, 'pg_am'::regclass, a.oid, 0 FROM wanted JOIN pg_am a ON quote_ident(amname) = name WHERE kind = 'access method'
    UNION ALL
    SELECT number, 'pg_opclass'::regclass, c.oid, 0 FROM wanted
    JOIN pg_opclass c ON opcnamespace::regnamespace::text || '.' || quote_ident(opcname) || ' using '
        || (SELECT quote_ident(amname) FROM pg_am a WHERE a.oid = opcmethod) = name
    WHERE kind = 'operator class'
    UNION ALL
    SELECT number, 'pg_operator'::regclass, to_regoperator(name)::oid, 0 FROM wanted WHERE kind = 'operator'
    UNION ALL
    SELECT number, 'pg_ts_config'::regclass, c.oid, 0 FROM wanted
    JOIN pg_ts_config c ON cfgnamespace::regnamespace::text || '.' || quote_ident(cfgname) = name WHERE kind = 'text search configuration'
    UNION ALL
    SELECT number, 'pg_ts_dict'::regclass, d.oid, 0 FROM wanted
    JOIN pg_ts_dict d ON dictnamespace::regnamespace::text || '.' || quote_ident(dictname) = name WHERE kind = 'text search dictionary'
    UNION ALL
    SELECT number, 'pg_foreign_server'::regclass, s.oid, 0 FROM wanted JOIN pg_foreign_server s ON quote_ident(srvname) = name
    WHERE kind = 'server'
    UNION ALL
    SELECT number, 'pg_foreign_data_wrapper'::regclass, w.oid, 0 FROM wanted JOIN pg_foreign_data_wrapper w ON quote_ident(fdwname) = name
    WHERE kind = 'foreign data wrapper'
),
-- With a table goes the type of its rows, and with a type that of its arrays.
with_row_types AS MATERIALIZED (
    SELECT *, oid AS root FROM roots
    UNION ALL
    SELECT number, 'pg_type'::regclass, reltype, 0, r.oid FROM roots r JOIN pg_class c ON c.oid = r.oid
    WHERE class = 'pg_class'::regclass AND sub = 0 AND reltype <> 0
),
things AS MATERIALIZED (
    SELECT * FROM with_row_types
    UNION ALL
    SELECT number, 'pg_type'::regclass, typarray, 0, root FROM with_row_types r JOIN pg_type t ON t.oid = r.oid
    WHERE class = 'pg_type'::regclass AND typarray <> 0
),
dependents AS MATERIALIZED (
    SELECT DISTINCT number, t.root AS thing, t.sub, d.classid, d.objid, d.objsubid
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
        CASE WHEN relkind IN ('v', 'm') THEN r.name ELSE quote_ident(rulename) END AS name, false AS stays
    FROM dependents JOIN pg_rewrite w ON w.oid = objid JOIN relations r ON r.oid = ev_class
    WHERE classid = 'pg_rewrite'::regclass AND (sub > 0 OR r.oid <> thing)
    UNION ALL
    SELECT number, classid, objid, 'policy', r.name, quote_ident(polname), false
    FROM dependents JOIN pg_policy p ON p.oid = objid JOIN relations r ON r.oid = polrelid
    WHERE classid = 'pg_policy'::regclass AND (sub > 0 OR r.oid <> thing)
    UNION ALL
    SELECT number, classid, objid, 'constraint', r.name, quote_ident(conname), false
    FROM dependents JOIN pg_constraint c ON c.oid = objid JOIN relations r ON r.oid = conrelid
    -- That of a partition comes and goes with the one above.
    WHERE classid = 'pg_constraint'::regclass AND conparentid = 0 AND r.oid <> thing
    UNION ALL
    SELECT number, classid, objid, 'trigger', r.name, quote_ident(tgname), false
    FROM dependents JOIN pg_trigger t ON t.oid = objid JOIN relations r ON r.oid = tgrelid
    WHERE classid = 'pg_trigger'::regclass AND NOT tgisinternal AND tgparentid = 0 AND (sub > 0 OR r.oid <> thing)
    UNION ALL
    -- A column stays without its default, unless it is computed by that.
    SELECT number, 'pg_class'::regclass, r.oid, 'column', r.name, quote_ident(attname), attgenerated = ''
    FROM dependents JOIN pg_attrdef d ON d.oid = objid JOIN relations r ON r.oid = adrelid
    JOIN pg_attribute ON attrelid = adrelid AND attnum = adnum
    WHERE classid = 'pg_attrdef'::regclass AND (sub > 0 OR r.oid <> thing)
    UNION ALL
    SELECT number, classid, objid, CASE prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END, NULL,
        quote_ident(nspname) || '.' || quote_ident(proname) || '(' || oidvectortypes(proargtypes) || ')', false
    FROM dependents JOIN pg_proc p ON p.oid = objid JOIN pg_namespace n ON n.oid = pronamespace
    -- A range type brings functions along.
    WHERE classid = 'pg_proc'::regclass
        AND NOT EXISTS (SELECT FROM pg_depend i WHERE i.classid = 'pg_proc'::regclass AND i.objid = p.oid AND i.deptype = 'i')
    UNION ALL
    -- A view has no column less: it goes.
    SELECT number, classid, objid,
        CASE WHEN relkind = 'v' THEN 'view' WHEN relkind = 'm' THEN 'materialized view' WHEN objsubid > 0 THEN 'column'
            WHEN relkind = 'f' THEN 'foreign table' ELSE 'table' END,
        CASE WHEN objsubid > 0 AND relkind NOT IN ('v', 'm') THEN r.name END,
        CASE WHEN objsubid > 0 AND relkind NOT IN ('v', 'm')
            THEN (SELECT quote_ident(attname) FROM pg_attribute WHERE attrelid = objid AND attnum = objsubid) ELSE r.name END,
        false
    FROM dependents JOIN relations r ON r.oid = objid
    WHERE classid = 'pg_class'::regclass AND relkind IN ('r', 'p', 'f', 'v', 'm', 'c') AND r.oid <> thing
    UNION ALL
    SELECT number, classid, objid, 'index', t.name, quote_ident(i.relname), false
    FROM dependents JOIN pg_class i ON i.oid = objid JOIN pg_index ON indexrelid = i.oid JOIN relations t ON t.oid = indrelid
    WHERE classid = 'pg_class'::regclass AND t.oid <> thing
    UNION ALL
    SELECT number, classid, objid, 'domain', NULL, typnamespace::regnamespace::text || '.' || quote_ident(typname), false
    FROM dependents JOIN pg_type t ON t.oid = objid WHERE classid = 'pg_type'::regclass AND typtype = 'd'
    UNION ALL
    SELECT number, classid, objid, 'text search configuration', NULL, cfgnamespace::regnamespace::text || '.' || quote_ident(cfgname), false
    FROM dependents JOIN pg_ts_config c ON c.oid = objid WHERE classid = 'pg_ts_config'::regclass
    UNION ALL
    SELECT number, classid, objid, 'event trigger', NULL, quote_ident(evtname), false
    FROM dependents JOIN pg_event_trigger t ON t.oid = objid WHERE classid = 'pg_event_trigger'::regclass
    UNION ALL
    SELECT number, classid, objid, 'server', NULL, quote_ident(srvname), false
    FROM dependents JOIN pg_foreign_server s ON s.oid = objid WHERE classid = 'pg_foreign_server'::regclass
)
SELECT number, kind, of, name, bool_and(stays) AS stays FROM named
WHERE NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = class AND e.objid = named.oid AND e.deptype = 'e')
GROUP BY number, kind, of, name ORDER BY number, kind, of, name;
