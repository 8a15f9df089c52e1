-- To look at a sequence, the server locks it for a moment, which waits for those who are changing it.
WITH locked AS MATERIALIZED (
    SELECT relation FROM pg_locks
    WHERE granted AND locktype = 'relation' AND mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
        AND relation IS NOT NULL AND pid <> pg_backend_pid()
),
counters AS MATERIALIZED (
    SELECT c.*, d.deptype = 'i' AS is_identity, s.seqrelid, format('%I.%I', n.nspname, r.relname) AS sequence_sql,
        ends.first_end, format_type(ends.type, NULL) AS end_type
    FROM pg_sequence s
    JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = s.seqrelid AND d.deptype IN ('a', 'i')
        AND d.refclassid = 'pg_class'::regclass
    JOIN columns c ON c.table_oid = d.refobjid AND c.number = d.refobjsubid
    JOIN pg_class r ON r.oid = s.seqrelid
    JOIN pg_namespace n ON n.oid = r.relnamespace
    CROSS JOIN LATERAL (
        SELECT type, power(2, 8 * typlen - 1)::numeric - 1 AS first_end
        FROM (VALUES (c.type), (s.seqtypid)) AS v (type) JOIN pg_type ON pg_type.oid = v.type
        ORDER BY typlen LIMIT 1
    ) AS ends
    WHERE s.seqincrement > 0 AND c.type IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype)
        AND NOT EXISTS (SELECT FROM locked WHERE locked.relation = s.seqrelid)
        AND has_sequence_privilege(s.seqrelid, 'SELECT, USAGE')
)
SELECT sql AS object,
    format('%s %% of what a key of type %s can count is used', floor(100 * last.value / first_end), end_type) AS why,
    CASE WHEN type = 'int8'::regtype THEN '' ELSE
        E'-- rewrites the table, which nobody can use meanwhile; columns that refer to it want the same\n'
        || alter_sql || E' TYPE bigint;\n' END
    || CASE WHEN is_identity AND type <> 'int8'::regtype THEN '' ELSE format('ALTER SEQUENCE %s AS bigint;', sequence_sql) END AS fix
FROM counters
CROSS JOIN LATERAL (SELECT pg_sequence_last_value(seqrelid) AS value) AS last
WHERE 100 * last.value >= first_end * :least_percent
