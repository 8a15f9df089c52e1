-- How large and how busy the tables are that Citus keeps in shards: each server tells of those that it has. Of a reference table
-- each has a copy.
WITH RECURSIVE answers AS MATERIALIZED (
    SELECT nodeid, success, result FROM run_command_on_all_nodes($$
        WITH here AS MATERIALIZED (
            SELECT n.nspname, t.relname, CASE WHEN n.nspname = 'public' THEN 'public.' ELSE '' END
                || shard_name(s.logicalrelid, s.shardid) AS shard
            FROM pg_catalog.pg_dist_shard s
            JOIN pg_catalog.pg_dist_placement p ON p.shardid = s.shardid
            JOIN pg_catalog.pg_dist_local_group g ON g.groupid = p.groupid
            JOIN pg_catalog.pg_class t ON t.oid = s.logicalrelid
            JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace
        )
        SELECT coalesce(json_agg(json_build_object('relation', nspname, 'name', here.relname, 'heap', heap,
            'indexes', pg_indexes_size(c.oid), 'toast', pg_table_size(c.oid) - heap,
            'rows', CASE WHEN heap = 0 THEN 0
                WHEN c.relpages > 0 AND c.reltuples >= 0
                    THEN round(c.reltuples::numeric / c.relpages * (heap / current_setting('block_size')::bigint))
                ELSE nullif(pg_stat_get_live_tuples(c.oid), 0) END,
            'reads', pg_stat_get_numscans(c.oid) + (
                SELECT coalesce(sum(pg_stat_get_numscans(i.indexrelid)), 0) FROM pg_catalog.pg_index i WHERE i.indrelid = c.oid),
            'writes', pg_stat_get_tuples_inserted(c.oid) + pg_stat_get_tuples_updated(c.oid) + pg_stat_get_tuples_deleted(c.oid)
        )), '[]')
        FROM here JOIN pg_catalog.pg_class c ON c.oid = to_regclass(shard)
        CROSS JOIN LATERAL (SELECT pg_relation_size(c.oid) AS heap) AS size
        -- What is locked would be waited for.
        WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_locks l
            WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock' AND l.relation = c.oid)$$, true, false)
),
shards AS MATERIALIZED (
    SELECT d.logicalrelid::oid AS oid, d.repmodel = 't' AS is_reference, s.*
    FROM answers
    CROSS JOIN LATERAL json_to_recordset(CASE WHEN success THEN result ELSE '[]' END::json) AS s (relation name, name name,
        heap bigint, indexes bigint, toast bigint, rows numeric, reads bigint, writes bigint)
    JOIN pg_namespace n ON n.nspname = s.relation
    JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = s.name
    JOIN pg_dist_partition d ON d.logicalrelid = c.oid
),
tables AS MATERIALIZED (
    SELECT oid,
        CASE WHEN is_reference THEN max(heap) ELSE sum(heap) END AS heap,
        CASE WHEN is_reference THEN max(indexes) ELSE sum(indexes) END AS indexes,
        CASE WHEN is_reference THEN max(toast) ELSE sum(toast) END AS toast,
        CASE WHEN count(*) <> count(rows) THEN NULL WHEN is_reference THEN max(rows) ELSE sum(rows) END AS rows,
        sum(reads) AS reads, CASE WHEN is_reference THEN max(writes) ELSE sum(writes) END AS writes
    FROM shards GROUP BY oid, is_reference
),
parts (whole, part) AS (
    SELECT logicalrelid::oid, logicalrelid::oid FROM pg_dist_partition
    UNION
    SELECT whole, inhrelid FROM parts JOIN pg_inherits ON inhparent = part
)
SELECT n.nspname AS relation, c.relname AS name, coalesce(sum(heap), 0) AS table_bytes, coalesce(sum(indexes), 0) AS index_bytes,
    coalesce(sum(toast), 0) AS toast_bytes, CASE WHEN count(t.oid) = count(t.rows) THEN coalesce(sum(t.rows), 0) END AS rows,
    sum(reads) AS reads, sum(writes) AS writes,
    -- Since when each server has counted is its own affair; it is not asked for.
    NULL::numeric AS seconds, bool_and((SELECT bool_and(success) FROM answers)) AS measured,
    CASE WHEN d.partkey IS NOT NULL THEN 'distributed by ' || quote_ident(column_to_column_name(d.logicalrelid, d.partkey))
        WHEN d.repmodel = 't' THEN 'a reference table'
        WHEN d.colocationid <> 0 THEN 'on one worker' END AS on_citus
FROM parts
JOIN pg_class c ON c.oid = whole
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_dist_partition d ON d.logicalrelid = whole
LEFT JOIN tables t ON t.oid = part
GROUP BY n.nspname, c.relname, d.partkey, d.logicalrelid, d.repmodel, d.colocationid
