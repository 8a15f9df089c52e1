-- Why a backfill of a table should wait: a row for each reason. What a role may not see is NULL, and no reason.
SELECT 'replica' AS reason, coalesce(nullif(r.application_name, ''), 'of process ' || r.pid) AS name,
       pg_wal_lsn_diff(pg_current_wal_lsn(), r.replay_lsn) AS bytes
FROM pg_stat_replication r
WHERE r.state IN ('streaming', 'catchup')
  AND pg_wal_lsn_diff(pg_current_wal_lsn(), r.replay_lsn) > $MAX_LAG
UNION ALL
SELECT 'slot', s.slot_name, pg_wal_lsn_diff(pg_current_wal_lsn(), coalesce(s.confirmed_flush_lsn, s.restart_lsn))
FROM pg_replication_slots s
WHERE s.active AND NOT s.temporary
  AND pg_wal_lsn_diff(pg_current_wal_lsn(), coalesce(s.confirmed_flush_lsn, s.restart_lsn)) > $MAX_LAG
UNION ALL
SELECT 'idle_slot', s.slot_name, pg_wal_lsn_diff(pg_current_wal_lsn(), s.restart_lsn)
FROM pg_replication_slots s
WHERE NOT s.active AND pg_wal_lsn_diff(pg_current_wal_lsn(), s.restart_lsn) > $MAX_LAG
UNION ALL
SELECT 'hidden', 'replica', NULL
WHERE EXISTS (SELECT FROM pg_stat_replication r WHERE r.state IS NULL)
UNION ALL
-- What autovacuum does is hidden from most roles, but not that it locks the table, nor how old that is.
SELECT 'wraparound', own.relid::text, NULL
FROM (
    SELECT p.relid, unnest(ARRAY[c.oid, c.reltoastrelid]) AS relation
    FROM (SELECT $TABLE::regclass AS relid UNION SELECT t.relid FROM pg_partition_tree($TABLE::regclass) t) p
    JOIN pg_class c ON c.oid = p.relid
) own
JOIN pg_class c ON c.oid = own.relation
JOIN pg_locks l ON l.relation = c.oid AND l.locktype = 'relation' AND l.mode = 'ShareUpdateExclusiveLock' AND l.granted
JOIN pg_stat_activity a ON a.pid = l.pid AND a.datname = current_database()
WHERE CASE WHEN a.backend_type IS NULL THEN
    a.usesysid IS NULL AND (
        age(c.relfrozenxid) > least(current_setting('autovacuum_freeze_max_age')::int, (
            SELECT option_value::int FROM pg_options_to_table(c.reloptions) WHERE option_name = 'autovacuum_freeze_max_age'))
        OR mxid_age(c.relminmxid) > least(current_setting('autovacuum_multixact_freeze_max_age')::int, (
            SELECT option_value::int FROM pg_options_to_table(c.reloptions) WHERE option_name = 'autovacuum_multixact_freeze_max_age'))
    )
ELSE a.backend_type = 'autovacuum worker' AND a.query LIKE 'autovacuum: VACUUM %(to prevent wraparound)' END
UNION ALL
SELECT 'archive_fails', a.last_failed_wal, NULL
FROM pg_stat_archiver a
WHERE current_setting('archive_mode') <> 'off'
  AND a.last_failed_time > coalesce(a.last_archived_time, '-infinity')
UNION ALL
SELECT 'archive', a.last_archived_wal, pg_wal_lsn_diff(pg_current_wal_lsn(), a.until)
FROM (
    SELECT w.last_archived_wal,
           -- A backup and a new timeline have files there, too.
           CASE WHEN w.last_archived_wal ~ '^[0-9A-F]{24}$' THEN
               (substr(w.last_archived_wal, 9, 8) || '/0')::pg_lsn
               + ('x' || substr(w.last_archived_wal, 17, 8))::bit(32)::int8
                 * pg_size_bytes(current_setting('wal_segment_size'))
           END AS until
    FROM pg_stat_archiver w
    WHERE current_setting('archive_mode') <> 'off'
) a
WHERE pg_wal_lsn_diff(pg_current_wal_lsn(), a.until) > 16 * pg_size_bytes(current_setting('wal_segment_size'))
