-- Whether the table $1, or a partition of it, has pages into which index-only scans have to look.
SELECT EXISTS (
    SELECT FROM pg_class WHERE relallvisible < relpages
        AND (oid = $1::regclass OR oid IN (SELECT relid FROM pg_partition_tree($1::regclass) WHERE isleaf))
) AS has_hidden_pages
