-- Which open transactions have written to a table, or to a part of it.
SELECT DISTINCT l.virtualtransaction AS writer
FROM pg_locks l
WHERE l.locktype = 'relation' AND l.mode = 'RowExclusiveLock' AND l.granted
  AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
  AND l.pid IS DISTINCT FROM pg_backend_pid()
  AND (l.relation = $TABLE::regclass OR l.relation IN (SELECT t.relid FROM pg_partition_tree($TABLE::regclass) t))
