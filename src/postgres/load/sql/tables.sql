-- Of each of the tables $1: whether its rows may be written as frozen (it can be emptied in the same transaction, and
-- nobody looks at it meanwhile but this transaction), and what sets its sequences to the last value.
WITH RECURSIVE
filling (oid) AS (
    SELECT unnest($1)
    UNION
    SELECT inhrelid FROM filling JOIN pg_inherits ON inhparent = filling.oid
),
-- Code that runs for new rows of one of the tables and may look into another one, which is locked until it is emptied and copied: triggers
-- for INSERT (4) or TRUNCATE (32), and functions that are not the server's own or in C.
code AS (
    SELECT FROM pg_trigger
    WHERE tgrelid IN (SELECT oid FROM filling) AND NOT tgisinternal AND tgtype::int4 & 36 <> 0
    UNION ALL
    SELECT FROM pg_depend d
    JOIN pg_proc f ON refclassid = 'pg_proc'::regclass AND f.oid = refobjid
    JOIN pg_language l ON l.oid = prolang AND lanname NOT IN ('internal', 'c')
    WHERE (classid, objid) IN (
        SELECT 'pg_constraint'::regclass, k.oid FROM pg_constraint k
        WHERE contype = 'c' AND (contypid <> 0 OR conrelid IN (SELECT oid FROM filling))
        UNION ALL
        SELECT 'pg_attrdef'::regclass, a.oid FROM pg_attrdef a WHERE adrelid IN (SELECT oid FROM filling)
        UNION ALL
        SELECT 'pg_class'::regclass, indexrelid FROM pg_index WHERE indrelid IN (SELECT oid FROM filling)
    )
)
SELECT place, filled.oid,
    relkind = 'r' AND has_table_privilege(filled.oid, 'TRUNCATE')
        AND NOT EXISTS (SELECT FROM pg_constraint WHERE contype = 'f' AND confrelid = filled.oid AND conrelid <> ALL ($1))
        AND NOT EXISTS (SELECT FROM code)
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
