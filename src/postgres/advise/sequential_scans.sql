-- The statistics of a partitioned table are those of its partitions.
SELECT t.sql AS object,
    format(
        '%s %% of %s reads went through the whole table, %s rows each time',
        round(100 * used.scans / (used.scans + used.index_scans)), used.scans + used.index_scans,
        round(used.rows_read / used.scans)
    ) AS why,
    E'-- find the queries, see with EXPLAIN what they look for, and index that:\n'
    || format('-- CREATE INDEX CONCURRENTLY ON %s (...);', t.in_comment) AS fix
FROM tables t
JOIN (
    SELECT CASE WHEN c.relispartition THEN pg_partition_root(c.oid) ELSE c.oid END::oid AS oid,
        sum(pg_stat_get_live_tuples(c.oid)) AS rows,
        sum(pg_stat_get_numscans(c.oid)) AS scans,
        sum(pg_stat_get_tuples_returned(c.oid)) AS rows_read,
        sum((SELECT coalesce(sum(pg_stat_get_numscans(x.indexrelid)), 0) FROM pg_index x WHERE x.indrelid = c.oid))
            AS index_scans
    FROM pg_class c WHERE c.relkind = 'r' GROUP BY 1
) AS used ON used.oid = t.oid
WHERE used.scans >= :least_scans AND used.rows >= :least_rows AND used.rows_read >= used.scans * :least_rows
    AND used.scans * 100 >= (used.scans + used.index_scans) * :least_percent
