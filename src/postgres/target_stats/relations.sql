-- How large and how busy each table, index and materialized view is.
-- pg_relation_size opens what it measures, and would wait for a session that has locked it, or that waits to. Such a relation
-- is as large as the last VACUUM or ANALYZE has found it.
WITH RECURSIVE here AS MATERIALIZED (
    SELECT oid FROM pg_database WHERE datname = current_database()
),
-- Since when the server has counted. Before 15 each database knows; from then on, one whose statistics were never reset has
-- none, and they began with the oldest of the server's own.
began AS MATERIALIZED (
    SELECT COALESCE((SELECT stats_reset FROM pg_stat_database WHERE datid = (SELECT oid FROM here)),
        LEAST((SELECT stats_reset FROM pg_stat_bgwriter), (SELECT stats_reset FROM pg_stat_archiver),
            (SELECT min(stats_reset) FROM pg_stat_slru))) AS at
),
locked AS MATERIALIZED (
    SELECT DISTINCT relation AS oid FROM pg_locks
    WHERE locktype = 'relation' AND mode = 'AccessExclusiveLock' AND database = (SELECT oid FROM here)
        AND pid IS DISTINCT FROM pg_backend_pid()
),
-- What is asked for, with its partitions and children, the rows that go along with its rows, and the tables that refer to it.
touched AS (
    SELECT oid FROM pg_class WHERE :asked
    UNION
    SELECT next.oid FROM touched JOIN (
        SELECT inhparent AS from, inhrelid AS oid FROM pg_inherits
        UNION ALL SELECT confrelid, conrelid FROM pg_constraint WHERE contype = 'f' AND confdeltype IN ('c', 'n', 'd')
    ) AS next ON next.from = touched.oid
),
asked AS MATERIALIZED (
    SELECT oid FROM touched
    UNION SELECT conrelid FROM pg_constraint JOIN touched ON touched.oid = confrelid WHERE contype = 'f'
    UNION SELECT indexrelid FROM pg_index JOIN touched ON touched.oid = indrelid
),
ours AS MATERIALIZED (
    SELECT c.oid, nspname, relname, relkind, reltoastrelid, relpages, reltuples
    FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace JOIN asked ON asked.oid = c.oid
    WHERE relkind IN ('r', 'p', 'm', 'i', 'I') AND nspname !~ '^pg_' AND nspname <> 'information_schema'
),
heaps AS MATERIALIZED (
    SELECT o.oid, l.oid IS NULL AND :measure AS measured,
        CASE WHEN l.oid IS NULL AND :measure THEN COALESCE(pg_relation_size(o.oid), 0)
            ELSE relpages::bigint * current_setting('block_size')::bigint END AS bytes
    FROM ours o LEFT JOIN locked l ON l.oid = o.oid WHERE relkind IN ('r', 'm')
),
-- What belongs to an empty table is as large as the last VACUUM has found it, and so is the index of an empty TOAST table: to open
-- thousands takes longer than all else here.
parts_of_heaps AS MATERIALIZED (
    SELECT c.oid, l.oid IS NULL AND :measure AS measured,
        CASE WHEN heap.bytes > 0 AND l.oid IS NULL AND :measure THEN COALESCE(pg_relation_size(c.oid), 0)
            ELSE c.relpages::bigint * current_setting('block_size')::bigint END AS bytes
    FROM heaps heap JOIN (
        SELECT indrelid AS heap, indexrelid AS part FROM pg_index
        UNION ALL SELECT oid, reltoastrelid FROM ours WHERE reltoastrelid <> 0
    ) AS owned ON owned.heap = heap.oid
    JOIN pg_class c ON c.oid = part LEFT JOIN locked l ON l.oid = c.oid
),
sizes AS MATERIALIZED (
    SELECT * FROM heaps
    UNION ALL
    SELECT * FROM parts_of_heaps
    UNION ALL
    SELECT i.oid, l.oid IS NULL AND :measure,
        CASE WHEN bytes > 0 AND l.oid IS NULL AND :measure THEN COALESCE(pg_relation_size(i.oid), 0)
            ELSE i.relpages::bigint * current_setting('block_size')::bigint END
    FROM ours JOIN parts_of_heaps toast ON toast.oid = ours.reltoastrelid
    JOIN pg_index ON indrelid = toast.oid JOIN pg_class i ON i.oid = indexrelid
    LEFT JOIN locked l ON l.oid = i.oid
),
indexes AS MATERIALIZED (
    SELECT indrelid AS oid, sum(bytes) AS bytes, bool_and(measured) AS measured,
        sum(pg_stat_get_numscans(indexrelid)) AS scans
    FROM pg_index JOIN sizes s ON s.oid = indexrelid
    GROUP BY indrelid
),
singles AS MATERIALIZED (
    SELECT o.oid, CASE WHEN relkind = 'i' THEN 0 ELSE s.bytes END AS table_bytes,
        CASE WHEN relkind = 'i' THEN s.bytes ELSE COALESCE(i.bytes, 0) END AS index_bytes,
        COALESCE(t.bytes, 0) + COALESCE(ti.bytes, 0) AS toast_bytes,
        CASE WHEN relkind = 'i' THEN NULL
            -- What the planner does: as many rows on a page as when they were counted last.
            WHEN relpages > 0 AND reltuples >= 0
                THEN round(reltuples::numeric / relpages * (s.bytes / current_setting('block_size')::bigint))
            WHEN s.bytes = 0 AND s.measured THEN 0
            ELSE NULLIF(pg_stat_get_live_tuples(o.oid), 0) END AS rows,
        pg_stat_get_numscans(o.oid) + COALESCE(i.scans, 0) AS reads,
        pg_stat_get_tuples_inserted(o.oid) + pg_stat_get_tuples_updated(o.oid) + pg_stat_get_tuples_deleted(o.oid) AS writes,
        s.measured AND COALESCE(i.measured, true) AND COALESCE(t.measured, true) AND COALESCE(ti.measured, true) AS measured
    FROM ours o
    JOIN sizes s ON s.oid = o.oid
    LEFT JOIN indexes i ON i.oid = o.oid
    LEFT JOIN sizes t ON t.oid = reltoastrelid
    LEFT JOIN indexes ti ON ti.oid = reltoastrelid
),
parts (whole, part) AS (
    SELECT oid, oid FROM ours WHERE relkind IN ('p', 'I')
    UNION
    SELECT whole, inhrelid FROM parts JOIN pg_inherits ON inhparent = part
),
wholes AS (
    SELECT whole AS oid, COALESCE(sum(table_bytes), 0) AS table_bytes, COALESCE(sum(index_bytes), 0) AS index_bytes,
        COALESCE(sum(toast_bytes), 0) AS toast_bytes,
        CASE WHEN count(s.oid) = count(rows) THEN COALESCE(sum(rows), 0) END AS rows,
        COALESCE(sum(reads), 0) AS reads, COALESCE(sum(writes), 0) AS writes, true AS measured
    FROM parts LEFT JOIN singles s ON s.oid = part
    GROUP BY whole
)
SELECT nspname AS relation, relname AS name, table_bytes, index_bytes, toast_bytes,
    CASE WHEN relkind <> 'I' THEN rows END AS rows, reads, CASE WHEN relkind NOT IN ('i', 'I') THEN writes END AS writes,
    EXTRACT(epoch FROM clock_timestamp() - (SELECT at FROM began)) AS seconds, measured
FROM ours o JOIN (SELECT * FROM singles UNION ALL SELECT * FROM wholes) AS known ON known.oid = o.oid;
