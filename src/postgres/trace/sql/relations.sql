-- The relations of the database, except temporary ones and the server's own (`FirstNormalObjectId` is 16384).
SELECT c.oid AS number, n.nspname AS schema, c.relname AS name, c.relkind AS kind, pg_relation_filenode(c.oid) AS filenode,
    i.indrelid AS table_number, h.inhparent AS partitioned_table
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_index i ON i.indexrelid = c.oid
LEFT JOIN pg_inherits h ON c.relispartition AND h.inhrelid = c.oid
WHERE c.oid >= 16384 AND c.relkind IN ('r', 'p', 'i', 'I', 'm', 'v', 'S', 'f')
AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'
