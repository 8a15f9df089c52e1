-- The columns that decide where Citus keeps a row: they hold no NULL.
SELECT logicalrelid::oid AS distributed_oid, attnum AS distribution_column
FROM pg_dist_partition
JOIN pg_attribute ON attrelid = logicalrelid AND attname = column_to_column_name(logicalrelid, partkey)
WHERE partkey IS NOT NULL;
