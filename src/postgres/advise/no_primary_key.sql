SELECT t.sql AS object, 'no primary key says which column tells its rows apart' AS why,
    CASE
        WHEN t.partitioned THEN
            E'-- the key has to hold the partition key:\n'
            || format('-- ALTER TABLE %s ADD PRIMARY KEY (...);', t.in_comment)
        WHEN EXISTS (
            SELECT FROM pg_attribute a WHERE a.attrelid = t.oid AND a.attname = 'id' AND NOT a.attisdropped
        ) THEN
            E'-- if no two rows have the same id, and none is without\n'
            || format('ALTER TABLE %s ADD PRIMARY KEY (id);', t.sql)
        ELSE
            E'-- or of the columns that tell the rows apart: ADD PRIMARY KEY (...)\n'
            || format('ALTER TABLE %s ADD COLUMN id uuid PRIMARY KEY DEFAULT gen_random_uuid();', t.sql)
    END AS fix
FROM tables t
WHERE NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = t.oid AND i.indisprimary)
