-- Of each of the tables $1: whether its rows may be written as frozen (it can be emptied in the same transaction, and
-- nobody sees to that but this transaction), and what sets its sequences to the last value.
SELECT place, filled.oid,
    relkind = 'r' AND has_table_privilege(filled.oid, 'TRUNCATE')
        AND NOT EXISTS (SELECT FROM pg_constraint WHERE contype = 'f' AND confrelid = filled.oid AND conrelid <> ALL ($1))
        -- INSERT is 4 and TRUNCATE is 32: no other trigger runs for what fills the table.
        AND NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = filled.oid AND NOT tgisinternal AND tgtype::int4 & 36 <> 0)
        AND NOT EXISTS (SELECT FROM pg_publication_tables p WHERE p.schemaname = nspname AND p.tablename = relname)
        AND NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'citus') AS can_be_frozen,
    (
        -- As far as the sequence goes: a value beyond that comes from somewhere else.
        SELECT string_agg(format('SELECT pg_catalog.setval(%L, greatest(%s, least(%s, %s(last_key, last_value)))::pg_catalog.int8) '
            || 'FROM (SELECT pg_catalog.ceil(pg_catalog.%s(%I)::pg_catalog.numeric) AS last_key FROM %s) AS keys, %s WHERE last_key IS NOT NULL',
            seqrelid::regclass, seqmin, seqmax, CASE WHEN seqincrement > 0 THEN 'greatest' ELSE 'least' END,
            CASE WHEN seqincrement > 0 THEN 'max' ELSE 'min' END, attname, filled.oid::regclass, seqrelid::regclass),
            '; ' ORDER BY attnum, seqrelid)
        FROM pg_attribute
        JOIN pg_type t ON t.oid = atttypid
        CROSS JOIN LATERAL (
            SELECT objid FROM pg_depend WHERE refclassid = 'pg_class'::regclass AND refobjid = attrelid AND refobjsubid = attnum
                AND classid = 'pg_class'::regclass AND deptype IN ('a', 'i')
            UNION
            SELECT refobjid FROM pg_attrdef d JOIN pg_depend ON classid = 'pg_attrdef'::regclass AND objid = d.oid
            WHERE adrelid = attrelid AND adnum = attnum AND refclassid = 'pg_class'::regclass
        ) AS found (sequence)
        JOIN pg_sequence ON seqrelid = sequence
        WHERE attrelid = filled.oid AND attnum > 0 AND NOT attisdropped
            AND typoutput::text = ANY ('{int2out,int4out,int8out,numeric_out,float4out,float8out}')
            AND has_sequence_privilege(seqrelid, 'SELECT') AND has_sequence_privilege(seqrelid, 'UPDATE')
    ) AS sequences
FROM unnest($1) WITH ORDINALITY AS filled (oid, place)
JOIN pg_class c ON c.oid = filled.oid
JOIN pg_namespace n ON n.oid = relnamespace
ORDER BY place;
