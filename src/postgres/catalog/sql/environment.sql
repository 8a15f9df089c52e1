-- What is rare, or what much depends on. When any of it has changed, everything is read again. The rows of shared
-- catalogs are compared by what they say, since others may change them at any time; all others by their versions.
SELECT 'roles' AS environment, count(*)::text AS rows, md5(string_agg(oid::text || ' ' || rolname, ',' ORDER BY oid)) AS hash FROM pg_roles
UNION ALL SELECT 'tablespaces', count(*)::text, md5(string_agg(oid::text || ' ' || spcname, ',' ORDER BY oid)) FROM pg_tablespace
UNION ALL SELECT 'database', concat_ws(' ', datname, datdba, datacl, datconnlimit, datallowconn, datistemplate), shobj_description(oid, 'pg_database')
    FROM pg_database WHERE datname = current_database()
UNION ALL SELECT 'settings', setrole::text, setconfig::text
    FROM pg_db_role_setting JOIN pg_database d ON d.oid = setdatabase WHERE datname = current_database()
UNION ALL SELECT 'labels', concat_ws(' ', classoid, objoid, provider), label FROM pg_shseclabel
UNION ALL SELECT 'user mapping', concat_ws(' ', umid, umuser, srvname), md5(umoptions::text) FROM pg_user_mappings
-- Not everyone may read all of a subscription: where there is one, everything is read each time.
UNION ALL SELECT 'subscription', subname, clock_timestamp()::text
    FROM pg_subscription JOIN pg_database d ON d.oid = subdbid WHERE datname = current_database()
UNION ALL SELECT 'pg_namespace', :versions FROM pg_namespace
UNION ALL SELECT 'pg_extension', :versions FROM pg_extension
UNION ALL SELECT 'members', :versions
    FROM pg_depend WHERE refclassid = 'pg_extension'::regclass
UNION ALL SELECT 'pg_language', :versions FROM pg_language
UNION ALL SELECT 'pg_transform', :versions FROM pg_transform
UNION ALL SELECT 'pg_am', :versions FROM pg_am
UNION ALL SELECT 'pg_cast', :versions FROM pg_cast WHERE oid >= 16384
UNION ALL SELECT 'pg_operator', :versions FROM pg_operator WHERE oid >= 16384
UNION ALL SELECT 'pg_opclass', :versions FROM pg_opclass WHERE oid >= 16384
UNION ALL SELECT 'pg_opfamily', :versions FROM pg_opfamily WHERE oid >= 16384
UNION ALL SELECT 'pg_amop', :versions FROM pg_amop WHERE oid >= 16384
UNION ALL SELECT 'pg_amproc', :versions FROM pg_amproc WHERE oid >= 16384
UNION ALL SELECT 'pg_collation', :versions FROM pg_collation WHERE oid >= 16384
UNION ALL SELECT 'pg_conversion', :versions FROM pg_conversion WHERE oid >= 16384
UNION ALL SELECT 'pg_ts_parser', :versions FROM pg_ts_parser WHERE oid >= 16384
UNION ALL SELECT 'pg_ts_template', :versions FROM pg_ts_template WHERE oid >= 16384
UNION ALL SELECT 'pg_ts_dict', :versions FROM pg_ts_dict WHERE oid >= 16384
UNION ALL SELECT 'pg_ts_config', :versions FROM pg_ts_config WHERE oid >= 16384
UNION ALL SELECT 'pg_ts_config_map', :versions FROM pg_ts_config_map WHERE mapcfg >= 16384
UNION ALL SELECT 'pg_foreign_data_wrapper', :versions FROM pg_foreign_data_wrapper
UNION ALL SELECT 'pg_foreign_server', :versions FROM pg_foreign_server
UNION ALL SELECT 'pg_publication', :versions FROM pg_publication
UNION ALL SELECT 'pg_publication_rel', :versions FROM pg_publication_rel
UNION ALL SELECT 'pg_publication_namespace', :versions FROM pg_publication_namespace -- since 15
UNION ALL SELECT 'pg_event_trigger', :versions FROM pg_event_trigger
UNION ALL SELECT 'pg_default_acl', :versions FROM pg_default_acl
UNION ALL SELECT 'pg_largeobject_metadata', :versions FROM pg_largeobject_metadata
-- Comments on what is named above. A label of any such object is found the same way.
UNION ALL SELECT 'pg_description', :versions FROM pg_description
    WHERE (objoid >= 16384 OR classoid = 'pg_largeobject'::regclass) AND classoid NOT IN ('pg_class'::regclass, 'pg_type'::regclass, 'pg_constraint'::regclass,
        'pg_trigger'::regclass, 'pg_rewrite'::regclass, 'pg_policy'::regclass, 'pg_statistic_ext'::regclass, 'pg_proc'::regclass)
-- The schemas and the extension that every database has are among those that bear a comment.
UNION ALL SELECT 'comments on schemas', count(*)::text, bit_xor(hash_record_extended(ROW (d.xmin, d.ctid), 0))::text
    FROM pg_namespace n JOIN pg_description d ON objoid = n.oid AND classoid = n.tableoid
UNION ALL SELECT 'comments on extensions', count(*)::text, bit_xor(hash_record_extended(ROW (d.xmin, d.ctid), 0))::text
    FROM pg_extension e JOIN pg_description d ON objoid = e.oid AND classoid = e.tableoid
UNION ALL SELECT 'pg_seclabel', :versions FROM pg_seclabel;
