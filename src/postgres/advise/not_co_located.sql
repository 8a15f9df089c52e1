-- Only where the extension Citus is there.
-- Tables that are distributed by a column of the same name should lie together, and tables on one server that have it, too.
-- A column that is a key by itself is the table's own, such as `id`.
WITH distributed AS MATERIALIZED (
    SELECT t.oid, t.sql, d.colocationid AS together, a.attname AS column, a.atttypid AS type, a.attcollation AS collation,
        format_type(a.atttypid, a.atttypmod) AS type_sql
    FROM tables t
    JOIN pg_dist_partition d ON d.logicalrelid = t.oid AND d.partmethod = 'h'
    JOIN pg_attribute a ON a.attrelid = t.oid AND a.attname = column_to_column_name(d.logicalrelid, d.partkey)
    WHERE NOT EXISTS (
        SELECT FROM indexes i WHERE i.table_oid = t.oid AND i.is_unique AND i.key_count = 1 AND i.columns[0] = a.attnum
    )
),
-- For each column the place with most tables, and the first one of those.
usual AS MATERIALIZED (
    SELECT DISTINCT ON (d.column) d.column, d.together, d.type, d.collation, d.type_sql, min(d.sql) AS first
    FROM distributed d
    GROUP BY d.column, d.together, d.type, d.collation, d.type_sql
    ORDER BY d.column, count(*) DESC, d.together
)
SELECT d.sql AS object,
    format('%s is distributed by %I, too, and lies elsewhere: a join moves rows between servers, and no foreign key can be',
        u.first, u.column) AS why,
    CASE WHEN (d.type, d.collation) = (u.type, u.collation) THEN
        format('SELECT alter_distributed_table(%L, colocate_with => %L);', d.sql, u.first)
    ELSE translate(format('-- the column is %s here and %s there, which has to be the same: undistribute_table, ALTER TYPE, '
        'create_distributed_table', d.type_sql, u.type_sql), E'\r\n', '  ')
    END AS fix
FROM distributed d JOIN usual u ON u.column = d.column AND u.together <> d.together
UNION ALL
SELECT t.sql, format('%s is distributed by %I, and this table, which has it, is on one server', u.first, u.column),
    -- No key of a distributed table is without the column.
    COALESCE((
        SELECT string_agg(translate(format(E'-- first put %I into %s', u.column, i.sql), E'\r\n', '  ') || E'\n', '' ORDER BY i.sql)
        FROM indexes i
        WHERE i.table_oid = t.oid AND (i.is_unique OR i.is_exclusion)
            AND c.number <> ALL ((i.columns::int2[])[0:i.key_count - 1])
    ), '') || format('SELECT create_distributed_table(%L, %L, colocate_with => %L);', t.sql, u.column, u.first)
FROM tables t
JOIN columns c ON c.table_oid = t.oid
JOIN usual u ON u.column = c.name AND u.type = c.type
WHERE NOT EXISTS (SELECT FROM pg_dist_partition d WHERE d.logicalrelid = t.oid AND (d.colocationid <> 0 OR d.partmethod <> 'n'))
