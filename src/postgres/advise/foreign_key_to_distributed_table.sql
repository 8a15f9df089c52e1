-- Only where the extension Citus is there, which refuses such a key where the table that has it is one of its own.
SELECT format('%s.%I', t.sql, k.conname) AS object,
    format('a delete in %s leaves rows of %s behind, and cascades to none: the servers with its rows do not know this key',
        names.target, t.sql) AS why,
    translate(format('-- or: SELECT create_reference_table(%L)', names.target), E'\r\n', '  ') || E'\n'
    || translate(format('-- or: SELECT create_distributed_table(%L, ...)', t.sql), E'\r\n', '  ') || E'\n'
    || format('ALTER TABLE %s DROP CONSTRAINT %I;', t.sql, k.conname) AS fix
FROM foreign_keys f
JOIN tables t ON t.oid = f.table_oid
JOIN pg_constraint k ON k.oid = f.oid
JOIN pg_dist_partition d ON d.logicalrelid = f.target AND d.repmodel <> 't'
JOIN pg_class c ON c.oid = f.target
JOIN pg_namespace s ON s.oid = c.relnamespace
CROSS JOIN LATERAL (SELECT format('%I.%I', s.nspname, c.relname) AS target) AS names
WHERE d.colocationid <> 0 AND NOT EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = t.oid)
