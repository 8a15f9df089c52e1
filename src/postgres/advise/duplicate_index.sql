-- Among equals the first one stays: what the server needs most, then the oldest.
SELECT sql AS object, format('%s does the same work', keeper) AS why, drop_sql AS fix
FROM (
    SELECT i.*, r.is_referred_to,
        first_value(i.oid) OVER same AS keeper_oid, first_value(i.sql) OVER same AS keeper,
        first_value(i.is_unique AND i.is_immediate) OVER same AS keeper_is_unique
    FROM indexes i
    CROSS JOIN LATERAL (
        SELECT i.oid IN (SELECT target_index FROM foreign_keys) AS is_referred_to
    ) AS r
    JOIN pg_index x ON x.indexrelid = i.oid
    WHERE NOT i.is_exclusion
    WINDOW same AS (
        PARTITION BY i.table_oid, i.method, i.columns::text, i.key_count, i.operator_classes::text,
            i.collations::text, i.orders::text, i.expressions, i.predicate,
            -- A column since PostgreSQL 15: a UNIQUE that counts NULLs as equal is another one.
            to_jsonb(x) ->> 'indnullsnotdistinct'
        ORDER BY i.is_valid DESC, i.is_primary DESC, r.is_referred_to DESC, i.is_identity DESC,
            i.constraint_name IS NULL, i.is_unique DESC, i.is_immediate DESC, i.oid
    )
) AS i
WHERE oid <> keeper_oid AND NOT is_primary AND NOT is_referred_to AND NOT is_identity
    AND (keeper_is_unique OR NOT is_unique)
