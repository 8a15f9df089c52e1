-- Of each of the tables $1: whether its rows may be written as frozen (it can be emptied in the same transaction, and
-- nobody sees to that but this transaction), and what sets its sequences to the last value.
SELECT place, filled.oid,
    relkind = 'r' AND has_table_privilege(filled.oid, 'TRUNCATE')
        AND NOT EXISTS (SELECT FROM pg_constraint WHERE contype = 'f' AND confrelid = filled.oid AND conrelid <> ALL ($1))
        AND NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = filled.oid AND NOT tgisinternal)
        AND NOT EXISTS (SELECT FROM pg_publication_tables p WHERE p.schemaname = nspname AND p.tablename = relname)
        AND NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'citus') AS can_be_frozen,
    (
        SELECT string_agg(format('SELECT pg_catalog.setval(%L, %s(last_key, last_value)) '
            || 'FROM (SELECT pg_catalog.%s(%I)::pg_catalog.int8 AS last_key FROM %s) AS keys, %s WHERE last_key IS NOT NULL',
            seqrelid::regclass, CASE WHEN seqincrement > 0 THEN 'greatest' ELSE 'least' END,
            CASE WHEN seqincrement > 0 THEN 'max' ELSE 'min' END, attname, filled.oid::regclass, seqrelid::regclass),
            '; ' ORDER BY attnum)
        FROM pg_depend
        JOIN pg_sequence ON seqrelid = objid
        JOIN pg_attribute ON attrelid = refobjid AND attnum = refobjsubid
        WHERE classid = 'pg_class'::regclass AND refclassid = 'pg_class'::regclass AND refobjid = filled.oid
            AND deptype IN ('a', 'i') AND has_sequence_privilege(seqrelid, 'UPDATE')
    ) AS sequences
FROM unnest($1) WITH ORDINALITY AS filled (oid, place)
JOIN pg_class c ON c.oid = filled.oid
JOIN pg_namespace n ON n.oid = relnamespace
ORDER BY place;
