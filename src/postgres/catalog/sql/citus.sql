-- How Citus spreads tables over its servers. Only where the extension is there. Tables that are kept together are named by the
-- first one of them.
SELECT 'pg_class'::regclass::oid AS class, c.oid, 0 AS sub,
    CASE WHEN p.partmethod <> 'n' THEN
            CASE p.partmethod WHEN 'h' THEN 'by ' WHEN 'r' THEN 'in ranges by ' ELSE 'appended by ' END
                || column_to_column_name(p.logicalrelid, p.partkey)
        WHEN p.repmodel = 't' THEN 'reference'
        WHEN p.colocationid = 0 THEN 'local'
        WHEN s.schemaid IS NOT NULL THEN 'with its schema'
        ELSE 'one shard' END AS distribution,
    CASE WHEN p.partmethod <> 'n' THEN g.shardcount::text END AS shards,
    CASE WHEN s.schemaid IS NULL AND p.repmodel <> 't' AND p.colocationid <> 0 THEN (
        SELECT quote_ident(n.nspname) || '.' || quote_ident(o.relname)
        FROM pg_dist_partition other
        JOIN pg_class o ON o.oid = other.logicalrelid
        JOIN pg_namespace n ON n.oid = o.relnamespace
        WHERE other.colocationid = p.colocationid
        ORDER BY n.nspname, o.relname LIMIT 1
    ) END AS "co-located with"
FROM pg_dist_partition p
JOIN pg_class c ON c.oid = p.logicalrelid
LEFT JOIN pg_dist_colocation g ON g.colocationid = p.colocationid
LEFT JOIN pg_dist_schema s ON s.colocationid = p.colocationid;
