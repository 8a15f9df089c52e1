SELECT DISTINCT ON (t.oid, names.sorted)
    CASE WHEN cardinality(f.columns) = 1 THEN format('%s.%s', t.sql, names.list)
        ELSE format('%s (%s)', t.sql, names.list) END AS object,
    format('a delete in %s reads all of %s', format('%I.%I', s.nspname, target.relname), t.sql) AS why,
    CASE WHEN t.partitioned THEN
        E'-- on a large table, make one on each partition CONCURRENTLY, and then this one\n'
        || format('CREATE INDEX ON %s (%s);', t.sql, names.list)
    ELSE format('CREATE INDEX CONCURRENTLY ON %s (%s);', t.sql, names.list) END AS fix
FROM foreign_keys f
JOIN tables t ON t.oid = f.table_oid
JOIN pg_class target ON target.oid = f.target
JOIN pg_namespace s ON s.oid = target.relnamespace
CROSS JOIN LATERAL (
    SELECT string_agg(format('%I', a.attname), ', ' ORDER BY k.place) AS list,
        array_agg(k.number ORDER BY k.number) AS sorted
    FROM unnest(f.columns) WITH ORDINALITY AS k (number, place)
    JOIN pg_attribute a ON a.attrelid = f.table_oid AND a.attnum = k.number
) AS names
WHERE NOT EXISTS (SELECT FROM serving WHERE serving.foreign_key = f.oid)
ORDER BY t.oid, names.sorted, f.oid
