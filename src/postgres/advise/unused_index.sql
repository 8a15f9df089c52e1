-- The statistics of a partitioned table and its indexes are those of its partitions. Of several indexes that can do the
-- same work, the server uses one, and perhaps the one that another rule advises to drop: the one that stays in its
-- place is not named here.
SELECT i.sql AS object,
    format('none of %s reads of %s used it', reads.count, i.table_sql) AS why,
    E'-- if no replica reads with it, and no report once a year\n' || i.drop_sql AS fix
FROM indexes i
JOIN (
    SELECT CASE WHEN c.relispartition THEN pg_partition_root(c.oid) ELSE c.oid END::oid AS oid,
        sum(pg_stat_get_numscans(c.oid)) AS count
    FROM pg_class c WHERE c.relkind = 'i' GROUP BY 1
) AS scans ON scans.oid = i.oid
JOIN (
    SELECT CASE WHEN c.relispartition THEN pg_partition_root(c.oid) ELSE c.oid END::oid AS oid,
        sum(pg_stat_get_numscans(c.oid) + index_scans.count) AS count
    FROM pg_class c
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(pg_stat_get_numscans(x.indexrelid)), 0) AS count FROM pg_index x WHERE x.indrelid = c.oid
    ) AS index_scans
    WHERE c.relkind = 'r' GROUP BY 1
) AS reads ON reads.oid = i.table_oid
WHERE scans.count = 0 AND reads.count >= :least_reads
    AND NOT i.is_unique AND NOT i.is_exclusion AND NOT i.is_identity AND i.constraint_name IS NULL
    AND NOT EXISTS (SELECT FROM serving WHERE serving.index = i.oid)
    AND NOT EXISTS (
        SELECT FROM indexes other
        WHERE other.table_oid = i.table_oid AND other.oid <> i.oid AND NOT other.is_unique
            AND starts_with(i.columns::text || ' ', other.columns::text || ' ')
    )
    AND NOT EXISTS (
        SELECT FROM pg_stat_database
        WHERE datname = current_database() AND stats_reset > now() - :least_days * interval '1 day'
    )
