-- Only where the extension Citus is there.
-- A key on an expression of the distribution column may well be kept on each shard alone, so it is not named.
SELECT i.sql AS object,
    format('each shard of %s keeps it for itself: two shards may hold the same value', i.table_sql) AS why,
    -- A line break in a name would end the comment.
    format(E'-- where it is meant within one %s (else another table has to keep it)\n', translate(key.name, E'\r\n', '  '))
    || CASE WHEN i.is_exclusion OR i.expressions IS NOT NULL OR i.predicate IS NOT NULL THEN
        translate(format('-- make %s again, with %I in it', i.sql, key.name), E'\r\n', '  ')
    WHEN i.constraint_name IS NOT NULL THEN
        format(E'ALTER TABLE %s DROP CONSTRAINT %I;\nALTER TABLE %1$s ADD CONSTRAINT %2$I %s (%I, %s);', i.table_sql,
            i.constraint_name, CASE WHEN i.is_primary THEN 'PRIMARY KEY' ELSE 'UNIQUE' END, key.name, names.list)
    ELSE format(E'DROP INDEX %s;\nCREATE UNIQUE INDEX ON %s (%I, %s);', i.sql, i.table_sql, key.name, names.list)
    END AS fix
FROM indexes i
JOIN pg_dist_partition d ON d.logicalrelid = i.table_oid AND d.partkey IS NOT NULL
CROSS JOIN LATERAL (SELECT column_to_column_name(d.logicalrelid, d.partkey) AS name) AS key
JOIN pg_attribute a ON a.attrelid = i.table_oid AND a.attname = key.name
CROSS JOIN LATERAL (
    SELECT string_agg(format('%I', c.attname), ', ' ORDER BY k.place) AS list
    FROM unnest((i.columns::int2[])[0:i.key_count - 1]) WITH ORDINALITY AS k (number, place)
    JOIN pg_attribute c ON c.attrelid = i.table_oid AND c.attnum = k.number
) AS names
WHERE (i.is_unique OR i.is_exclusion) AND a.attnum <> ALL ((i.columns::int2[])[0:i.key_count - 1])
    AND coalesce(i.expressions !~ format(':varattno %s ', a.attnum), true)
