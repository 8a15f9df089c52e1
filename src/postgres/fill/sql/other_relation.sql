-- What is called so and is none of the tables that can be filled. A partition is told with the table that it belongs to.
SELECT c.oid::regclass AS name, c.relkind AS kind, c.relpersistence = 't' AS is_temporary,
    CASE WHEN c.relispartition THEN pg_partition_root(c.oid) END AS partition_of
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relname = $NAME AND coalesce(n.nspname = $SCHEMA, true) AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
    AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
ORDER BY n.nspname = 'public' DESC, c.oid
LIMIT 1;
