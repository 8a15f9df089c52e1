-- How many rows each table has, and how the values of its columns are spread, as the last ANALYZE has found it. Only catalogs
-- are read, so that no lock on a table is waited for. No value leaves the server but the labels of enums and booleans: of the
-- bounds of a histogram, which are values, the distances are told, as shares of the whole.
WITH RECURSIVE ours AS MATERIALIZED (
    SELECT c.oid, nspname, relname, relkind, relispartition,
        CASE WHEN relkind = 'p' THEN NULL
            WHEN relpages > 0 AND reltuples >= 0 THEN reltuples::numeric
            -- A standby counts nothing.
            WHEN reltuples = 0 OR pg_stat_get_live_tuples(c.oid) > 0 OR NOT pg_is_in_recovery()
                THEN pg_stat_get_live_tuples(c.oid) END AS rows
    FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
    WHERE relkind IN ('r', 'p') AND relpersistence <> 't' AND nspname !~ '^pg_' AND nspname <> 'information_schema'
),
parts (whole, part) AS (
    SELECT oid, oid FROM ours WHERE NOT relispartition
    UNION ALL
    SELECT whole, i.inhrelid FROM parts
    JOIN ours o ON o.oid = part AND o.relkind = 'p'
    JOIN pg_inherits i ON i.inhparent = part
),
known AS MATERIALIZED (
    SELECT o.oid, s.attname, null_frac, avg_width, n_distinct, most_common_vals, most_common_freqs, histogram_bounds,
        correlation, elem_count_histogram
    FROM pg_stats s JOIN ours o ON o.nspname = s.schemaname AND o.relname = s.tablename AND inherited = (o.relkind = 'p')
),
counted AS MATERIALIZED (
    SELECT whole, round(sum(o.rows)) AS rows,
        (array_agg(o.oid ORDER BY o.rows DESC NULLS LAST, o.oid) FILTER (WHERE o.relkind = 'r'))[1] AS largest
    FROM parts JOIN ours o ON o.oid = part
    GROUP BY whole
),
-- Nobody analyzes a partitioned table as a whole unless told to.
tables AS MATERIALIZED (
    SELECT whole AS oid, nspname, relname, counted.rows, source,
        source <> whole AND EXISTS (SELECT FROM known k WHERE k.oid = source) AS partial
    FROM counted JOIN ours o ON o.oid = whole
    CROSS JOIN LATERAL (
        SELECT CASE WHEN relkind = 'r' OR largest IS NULL OR EXISTS (SELECT FROM known k WHERE k.oid = whole)
            THEN whole ELSE largest END AS source
    ) AS from_where
),
-- What a type is below its domains.
bases (oid, base, category) AS (
    SELECT oid, oid, typcategory FROM pg_type WHERE typtype <> 'd'
    UNION ALL
    SELECT d.oid, base, category FROM bases b JOIN pg_type d ON d.typtype = 'd' AND d.typbasetype = b.oid
),
columns AS MATERIALIZED (
    SELECT t.oid, nspname, relname, t.rows, source, a.attname, attnum, base, category,
        has_column_privilege(source, a.attname::text, 'SELECT') AS readable
    FROM tables t JOIN pg_attribute a ON attrelid = t.oid AND attnum > 0 AND NOT attisdropped
    LEFT JOIN bases b ON b.oid = atttypid
),
-- A column with few rows or few values would give too much of them away.
bounds AS (
    SELECT c.oid, c.attname, category,
        CASE WHEN category = 'N' THEN histogram_bounds::text::numeric[]
            WHEN base = 'date'::regtype
                THEN ARRAY(SELECT EXTRACT(epoch FROM at) FROM unnest(histogram_bounds::text::date[]) WITH ORDINALITY u (at, n) ORDER BY n)
            WHEN base = 'timestamp'::regtype
                THEN ARRAY(SELECT EXTRACT(epoch FROM at) FROM unnest(histogram_bounds::text::timestamp[]) WITH ORDINALITY u (at, n) ORDER BY n)
            ELSE ARRAY(SELECT EXTRACT(epoch FROM at) FROM unnest(histogram_bounds::text::timestamptz[]) WITH ORDINALITY u (at, n) ORDER BY n)
        END AS values
    FROM columns c JOIN known k ON k.oid = source AND k.attname = c.attname
    WHERE (1 - null_frac) * c.rows >= 1000
        AND CASE WHEN n_distinct < 0 THEN -n_distinct * c.rows ELSE n_distinct END >= 100
        AND array_length(histogram_bounds, 1) > 20
        AND base IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype, 'numeric'::regtype, 'float4'::regtype, 'float8'::regtype,
            'date'::regtype, 'timestamp'::regtype, 'timestamptz'::regtype)
),
-- Eleven of them, without the first and the last, which are the smallest and the largest value.
points AS (
    SELECT oid, attname, category,
        ARRAY(SELECT values[2 + round((array_length(values, 1) - 3) * tenth / 10.0)::int] FROM generate_series(0, 10) tenth) AS p
    FROM bounds
),
spreads AS MATERIALIZED (
    SELECT oid, attname, json_build_object(
        'tenths', (SELECT json_agg(round((p[n + 1] - p[n]) / (p[11] - p[1]), 2) ORDER BY n) FROM generate_series(1, 10) n),
        'magnitude', CASE
            WHEN category <> 'N' THEN json_build_object('days_log2', ceil(log(2, (p[11] - p[1]) / 86400))::int)
            ELSE json_build_object(CASE WHEN p[1] < 0 THEN 'signed_digits' ELSE 'digits' END,
                ceil(log(greatest(abs(p[1]), abs(p[11]))))::int) END
    ) AS spread
    FROM points
    WHERE CASE WHEN '-Infinity' < p[1] AND p[11] < 'Infinity' THEN p[1] < p[11] ELSE false END
)
SELECT nspname AS "table", relname AS name, rows,
    EXISTS (SELECT FROM columns c WHERE c.oid = t.oid AND NOT readable) AS hidden,
    row_security_active(source) AS secured,
    -- Autovacuum never analyzes a table with fewer rows, such as the history of pmdb.
    COALESCE(rows >= 50, true) AND NOT row_security_active(source) AND EXISTS (SELECT FROM columns c WHERE c.oid = t.oid AND readable)
        AND NOT EXISTS (SELECT FROM known k WHERE k.oid = source) AS unknown,
    partial, NULL AS "column", NULL AS shape
FROM tables t
UNION ALL
SELECT nspname, relname, NULL, false, false, false, false, c.attname, json_strip_nulls(json_build_object(
    'nulls', round(null_frac::numeric, 6),
    'distinct', CASE WHEN n_distinct < 0 THEN json_build_object('share', round(-n_distinct::numeric, 6))
        ELSE json_build_object('count', round(n_distinct::numeric)) END,
    'frequencies', CASE WHEN category <> 'E' AND base <> 'bool'::regtype THEN
        (SELECT json_agg(round(f::numeric, 6) ORDER BY n) FROM unnest(most_common_freqs) WITH ORDINALITY u (f, n)) END,
    'labels', CASE WHEN category = 'E' OR base = 'bool'::regtype THEN
        (SELECT json_object_agg(CASE WHEN category = 'E' THEN v WHEN v::bool THEN 'true' ELSE 'false' END, round(f::numeric, 6))
        FROM unnest(most_common_vals::text::text[], most_common_freqs) u (v, f)) END,
    'width', avg_width,
    'correlation', round(correlation::numeric, 3),
    'elements', CASE WHEN category = 'A'
        THEN round(elem_count_histogram[array_upper(elem_count_histogram, 1)]::numeric, 2) END,
    'spread', spread))::text
FROM columns c JOIN known k ON k.oid = source AND k.attname = c.attname
LEFT JOIN spreads s ON s.oid = c.oid AND s.attname = c.attname
ORDER BY 1, 2, 8 NULLS FIRST;
