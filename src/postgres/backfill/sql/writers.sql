-- Which open transactions have written to a table, to a part of it, or to one that inherits from it.
WITH RECURSIVE tables (oid) AS (
    SELECT $TABLE::regclass::oid
    UNION
    SELECT i.inhrelid FROM pg_inherits i JOIN tables t ON i.inhparent = t.oid
)
SELECT DISTINCT l.virtualtransaction AS writer
FROM pg_locks l
JOIN tables t ON t.oid = l.relation
WHERE l.locktype = 'relation' AND l.mode = 'RowExclusiveLock' AND l.granted
  AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
  AND l.pid IS DISTINCT FROM pg_backend_pid()
