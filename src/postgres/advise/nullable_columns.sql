SELECT c.table_sql AS object,
    format('only %s of %s columns are NOT NULL', count(*) - count(*) FILTER (WHERE n.nullable), count(*)) AS why,
    E'-- keep the lines of the columns that every row has to fill\n'
    || string_agg(
        format('ALTER TABLE %s ALTER COLUMN %I SET NOT NULL;', c.table_sql, c.name), E'\n' ORDER BY c.number
    ) FILTER (WHERE n.nullable) AS fix
FROM columns c
JOIN pg_attribute a ON a.attrelid = c.table_oid AND a.attnum = c.number AND a.attgenerated = ''
JOIN pg_type y ON y.oid = c.type
CROSS JOIN LATERAL (SELECT NOT (a.attnotnull OR y.typnotnull) AS nullable) AS n
GROUP BY c.table_oid, c.table_sql
HAVING count(*) FILTER (WHERE n.nullable) >= :least_nullable
    AND (count(*) - count(*) FILTER (WHERE n.nullable)) * 100 < count(*) * :least_percent
