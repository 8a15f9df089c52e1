-- What can be put off while the tables $1 are filled: dropped now, and made again word for word afterwards. What is not
-- listed stays, since it could not be made again just as it is, or since something else rests on it meanwhile.
WITH filled AS (
    SELECT c.oid, c.relreplident, quote_ident(nspname) AS schema, quote_ident(nspname) || '.' || quote_ident(relname) AS name,
        EXISTS (SELECT FROM pg_publication_tables p WHERE p.schemaname = nspname AND p.tablename = relname) AS is_published
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = relnamespace
    WHERE c.oid = ANY ($1) AND relkind = 'r' AND pg_has_role(relowner, 'USAGE')
        AND has_schema_privilege(relnamespace, 'CREATE')
        -- What one says ALTER or DROP to might run anything.
        AND NOT EXISTS (SELECT FROM pg_event_trigger WHERE evtenabled <> 'D')
        AND NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'citus')
), foreign_keys AS (
    SELECT k.oid, k.tableoid AS class, filled.oid AS of_oid, filled.name AS "of", quote_ident(conname) AS name,
        confrelid, pg_get_constraintdef(k.oid) AS definition
    FROM pg_constraint k
    JOIN filled ON filled.oid = conrelid
    JOIN pg_class r ON r.oid = confrelid
    WHERE contype = 'f' AND conparentid = 0 AND coninhcount = 0 AND r.relkind = 'r'
        AND has_table_privilege(confrelid, 'REFERENCES')
        AND NOT EXISTS (SELECT FROM pg_constraint part WHERE part.conparentid = k.oid)
        AND NOT EXISTS (SELECT FROM pg_trigger WHERE tgconstraint = k.oid AND tgenabled <> 'O')
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.refclassid = k.tableoid AND d.refobjid = k.oid AND deptype <> 'i')
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = k.tableoid AND d.objid = k.oid AND deptype IN ('e', 'x'))
), indexes AS (
    SELECT i.oid, i.tableoid AS class, filled.oid AS of_oid, filled.name AS "of", filled.schema,
        quote_ident(i.relname) AS name, k.oid AS key, k.tableoid AS key_class, contype, condeferrable, condeferred,
        indisclustered, spcname
    FROM pg_index
    JOIN filled ON filled.oid = indrelid
    JOIN pg_class i ON i.oid = indexrelid
    JOIN pg_am ON pg_am.oid = i.relam
    LEFT JOIN pg_tablespace space ON space.oid = i.reltablespace
    LEFT JOIN pg_constraint k ON conindid = i.oid AND conrelid = indrelid AND contype IN ('p', 'u', 'x')
    WHERE indisvalid AND indisready AND NOT indisreplident AND NOT i.relispartition
        AND (k.oid IS NULL OR contype IN ('p', 'u') AND amname = 'btree' AND conparentid = 0 AND coninhcount = 0)
        -- Without its primary key, the server refuses UPDATE and DELETE in a table that is published.
        AND NOT (indisprimary AND filled.relreplident = 'd' AND is_published)
        AND (i.reltablespace = 0 OR has_tablespace_privilege(i.reltablespace, 'CREATE'))
        -- Foreign keys that can't be put off, views that group by the key, and the like.
        AND NOT EXISTS (SELECT FROM pg_depend d
            WHERE (d.refclassid = i.tableoid AND d.refobjid = i.oid OR d.refclassid = k.tableoid AND d.refobjid = k.oid)
                AND deptype <> 'i' AND NOT (d.classid = 'pg_constraint'::regclass AND d.objid IN (SELECT oid FROM foreign_keys)))
        -- Of an extension; or code of the user's, which may find other names when an index is built than when a row comes.
        AND NOT EXISTS (SELECT FROM pg_depend d
            WHERE (d.classid = i.tableoid AND d.objid = i.oid OR d.classid = k.tableoid AND d.objid = k.oid)
                AND (deptype IN ('e', 'x')
                    OR d.refclassid IN ('pg_proc'::regclass, 'pg_operator'::regclass) AND d.refobjid >= 16384))
)
SELECT 'foreign key' AS sort, "of", of_oid, name, confrelid::regclass::text AS refers_to,
    format('ALTER TABLE %s DROP CONSTRAINT %s', "of", name) AS put_off,
    format('ALTER TABLE %s ADD CONSTRAINT %s %s', "of", name, definition)
    || COALESCE(format('; COMMENT ON CONSTRAINT %s ON %s IS ', name, "of") || quote_literal(obj_description(oid, 'pg_constraint')), '')
        AS put_back
FROM foreign_keys
UNION ALL
-- Its index goes with it, and comes back first.
SELECT 'key', "of", of_oid, name, '', format('ALTER TABLE %s DROP CONSTRAINT %s', "of", name),
    format('ALTER TABLE %s ADD CONSTRAINT %s %s USING INDEX %s', "of", name,
        CASE contype WHEN 'p' THEN 'PRIMARY KEY' ELSE 'UNIQUE' END, name)
    || CASE WHEN condeferrable THEN ' DEFERRABLE' ELSE '' END || CASE WHEN condeferred THEN ' INITIALLY DEFERRED' ELSE '' END
    || COALESCE(format('; COMMENT ON CONSTRAINT %s ON %s IS ', name, "of") || quote_literal(obj_description(key, 'pg_constraint')), '')
FROM indexes
WHERE key IS NOT NULL
UNION ALL
SELECT CASE WHEN indisclustered THEN 'clustered index' ELSE 'index' END, "of", of_oid, name, '', CASE WHEN key IS NULL THEN format('DROP INDEX %s.%s', schema, name) ELSE '' END,
    format('SET LOCAL default_tablespace = %L; ', COALESCE(spcname, '')) || pg_get_indexdef(oid)
    || COALESCE(format('; COMMENT ON INDEX %s.%s IS ', schema, name) || quote_literal(obj_description(oid, 'pg_class')), '')
    || COALESCE((SELECT string_agg(format('; ALTER INDEX %s.%s ALTER COLUMN %s SET STATISTICS %s', schema, name, attnum,
        attstattarget), '') FROM pg_attribute WHERE attrelid = indexes.oid AND attstattarget >= 0), '')
    || CASE WHEN indisclustered THEN format('; ALTER TABLE %s CLUSTER ON %s', "of", name) ELSE '' END
FROM indexes
UNION ALL
-- Nothing of the table itself is dropped. It is noted for the proof that it is what it was.
SELECT 'table', name, oid, '', '', '', '' FROM filled
WHERE oid IN (SELECT of_oid FROM foreign_keys UNION ALL SELECT of_oid FROM indexes);
