-- What the rules look at, for each query to choose from: the database's own tables, without those of extensions and of
-- pmdb. A partition is a part of its table and does not count for itself. `history` stands before this.
-- Nothing here, and in no rule, takes a lock on a table: definitions are compared as the catalog stores them, since the
-- functions that turn them into SQL (pg_get_expr, pg_get_indexdef) open the table.
of_extensions AS (
    SELECT classid, objid FROM pg_depend WHERE deptype = 'e'
),
schemas AS (
    SELECT oid, nspname AS name FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
),
tables AS (
    SELECT c.oid, c.relname AS name, s.oid AS schema, format('%I', s.name) AS schema_sql,
        format('%I.%I', s.name, c.relname) AS sql,
        -- A line break in a name would end the comment, and make SQL of the rest.
        translate(format('%I.%I', s.name, c.relname), E'\r\n', '  ') AS in_comment, c.relkind = 'p' AS partitioned
    FROM pg_class c JOIN schemas s ON s.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
        AND (s.name, c.relname) NOT IN (SELECT history.schema, history.name FROM history)
        AND NOT EXISTS (SELECT FROM of_extensions e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid)
),
-- Columns that a table does not inherit. `alter_sql` begins a change, or a comment where the server refuses one;
-- `name_sql` is for the rest of it.
columns AS (
    SELECT t.oid AS table_oid, t.sql AS table_sql, a.attnum AS number, a.attname AS name,
        format('%s.%I', t.sql, a.attname) AS sql,
        a.atttypid AS type, a.atttypmod AS modifier, format_type(a.atttypid, a.atttypmod) AS type_sql,
        CASE WHEN k.is_key THEN
            E'-- the partition key: only a new table can have another type\n'
            || format('-- ALTER TABLE %s ALTER COLUMN %s', t.in_comment, n.name_sql)
        ELSE format('ALTER TABLE %s ALTER COLUMN %s', t.sql, n.name_sql) END AS alter_sql,
        n.name_sql
    FROM tables t
    JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attinhcount = 0
    LEFT JOIN pg_partitioned_table p ON p.partrelid = t.oid
    CROSS JOIN LATERAL (SELECT coalesce(a.attnum = ANY (p.partattrs), false) AS is_key) AS k
    CROSS JOIN LATERAL (
        SELECT CASE
            WHEN k.is_key THEN translate(format('%I', a.attname), E'\r\n', '  ') ELSE format('%I', a.attname)
        END AS name_sql
    ) AS n
),
-- Expressions hold the place where they stood in their statement, which says nothing.
indexes AS (
    SELECT i.indexrelid AS oid, i.indrelid AS table_oid, t.sql AS table_sql,
        format('%s.%I', t.schema_sql, c.relname) AS sql, m.amname AS method, t.partitioned,
        i.indisunique AS is_unique, i.indisprimary AS is_primary, i.indisexclusion AS is_exclusion,
        i.indimmediate AS is_immediate, i.indisvalid AS is_valid, i.indisreplident AS is_identity,
        i.indkey AS columns, i.indnkeyatts AS key_count, i.indnatts AS column_count,
        i.indclass AS operator_classes, i.indcollation AS collations, i.indoption AS orders,
        regexp_replace(i.indexprs::text, ' :location -?[0-9]+', '', 'g') AS expressions,
        regexp_replace(i.indpred::text, ' :location -?[0-9]+', '', 'g') AS predicate,
        k.conname AS constraint_name,
        CASE
            WHEN k.oid IS NOT NULL THEN format('ALTER TABLE %s DROP CONSTRAINT %I;', t.sql, k.conname)
            WHEN t.partitioned THEN format('DROP INDEX %s.%I;', t.schema_sql, c.relname)
            ELSE format('DROP INDEX CONCURRENTLY %s.%I;', t.schema_sql, c.relname)
        END AS drop_sql
    FROM tables t
    JOIN pg_index i ON i.indrelid = t.oid
    JOIN pg_class c ON c.oid = i.indexrelid
    JOIN pg_am m ON m.oid = c.relam
    LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u', 'x')
),
-- Of each foreign key its own row only: not those that the server makes for partitions on either side.
foreign_keys AS (
    SELECT f.oid, f.conrelid AS table_oid, f.confrelid AS target, f.conkey AS columns, f.conindid AS target_index
    FROM pg_constraint f
    WHERE f.contype = 'f' AND f.conparentid = 0
        -- A column since PostgreSQL 18: one that is NOT ENFORCED never looks for rows.
        AND coalesce(to_jsonb(f) ->> 'conenforced', 'true') = 'true'
),
-- Which index finds the rows of which foreign key: it begins with its columns, in any order.
serving AS (
    SELECT f.oid AS foreign_key, i.oid AS index
    FROM foreign_keys f JOIN indexes i ON i.table_oid = f.table_oid
    WHERE i.is_valid AND i.method IN ('btree', 'hash') AND i.key_count >= cardinality(f.columns)
        AND (i.columns::int2[])[0:cardinality(f.columns) - 1] @> f.columns
        -- Partial, with one column of the key IS NOT NULL as the whole condition (a NullTest of a Var).
        AND (i.predicate IS NULL OR i.predicate ~ '^\{NULLTEST :arg \{VAR [^{}]*\} :nulltesttype 1 '
            AND substring(i.predicate FROM ':varattno ([0-9]+)')::int2 = ANY (f.columns))
)
