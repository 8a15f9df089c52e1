-- To read a sequence, the server locks it briefly, which waits for sessions that are changing it.
WITH locked AS MATERIALIZED (
    SELECT relation FROM pg_locks
    WHERE granted AND relation IS NOT NULL AND pid <> pg_backend_pid()
        AND mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
),
counters AS MATERIALIZED (
    SELECT c.sql, c.alter_sql, c.type = 'int8'::regtype AS is_wide, d.deptype = 'i' AS is_identity,
        s.seqrelid, format('%I.%I', n.nspname, r.relname) AS sequence_sql,
        CASE
            WHEN 'int2'::regtype IN (c.type, s.seqtypid) THEN 'smallint'
            WHEN 'int4'::regtype IN (c.type, s.seqtypid) THEN 'integer'
            ELSE 'bigint'
        END AS narrower
    FROM pg_sequence s
    JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = s.seqrelid AND d.deptype IN ('a', 'i')
        AND d.refclassid = 'pg_class'::regclass
    JOIN columns c ON c.table_oid = d.refobjid AND c.number = d.refobjsubid
    JOIN pg_class r ON r.oid = s.seqrelid
    JOIN pg_namespace n ON n.oid = r.relnamespace
    WHERE s.seqincrement > 0 AND c.type IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype)
        AND NOT EXISTS (SELECT FROM locked WHERE locked.relation = s.seqrelid)
        -- On a replica, what is not logged cannot be read.
        AND (r.relpersistence = 'p' OR NOT pg_is_in_recovery())
        AND has_sequence_privilege(s.seqrelid, 'SELECT, USAGE')
)
SELECT sql AS object,
    format('%s %% of what a key of type %s can count is used', floor(100 * last.value / ends.number), narrower) AS why,
    CASE WHEN is_wide THEN '' ELSE
        E'-- rewrites the table, which nobody can use meanwhile\n'
        || E'-- columns that refer to it want the same\n'
        || alter_sql || ' TYPE bigint;'
    END
    || CASE WHEN is_wide OR is_identity THEN '' ELSE E'\n' END
    -- The sequence of an identity column changes with the column.
    || CASE WHEN is_identity AND NOT is_wide THEN ''
        ELSE format('ALTER SEQUENCE %s AS bigint;', sequence_sql) END AS fix
FROM counters
CROSS JOIN LATERAL (
    SELECT CASE narrower
        WHEN 'smallint' THEN 32767 WHEN 'integer' THEN 2147483647 ELSE 9223372036854775807
    END::numeric AS number
) AS ends
CROSS JOIN LATERAL (SELECT pg_sequence_last_value(seqrelid) AS value) AS last
WHERE 100 * last.value >= ends.number * :least_percent
