-- A row where all rows of a table are in one place, which is a worker, and the history is none of the tables of Citus.
SELECT format('%I.%I', n.nspname, h.relname) AS history
FROM pg_class h
JOIN pg_namespace n ON n.oid = h.relnamespace
WHERE h.oid = $HISTORY::regclass
  AND NOT EXISTS (SELECT FROM pg_dist_partition d WHERE d.logicalrelid = h.oid)
  AND (
      SELECT count(*) = 1 AND min(p.groupid) <> 0
      FROM pg_dist_shard s
      JOIN pg_dist_placement p ON p.shardid = s.shardid
      WHERE s.logicalrelid = $TABLE::regclass
  );
