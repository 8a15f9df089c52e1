-- The tables of users, and what each asks of its rows. Partitions are filled through the table that they belong to, and what one
-- of them alone asks is asked of all rows. Its columns are found by their names: their numbers may be others. All is in the order of
-- names, so that it does not matter what was made first.
SELECT c.oid AS table_oid, nspname AS schema, relname AS name, c.oid::regclass AS sql,
    relkind = 'p' AS is_partitioned,
    EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype = 'e') AS is_of_an_extension,
    has_table_privilege(c.oid, 'SELECT') AS can_be_read, row_security_active(c.oid) AS has_row_security,
    relkind = 'r' OR EXISTS (SELECT FROM pg_partition_tree(c.oid) WHERE isleaf) AS takes_rows,
    EXISTS (SELECT FROM pg_class part WHERE part.oid = ANY (relations) AND part.relkind = 'f') AS is_foreign,
    (
        SELECT json_agg(json_build_object('number', attnum, 'name', attname, 'sql', quote_ident(attname), 'type', atttypid::bigint,
            'typmod', atttypmod, 'type_name', format_type(atttypid, atttypmod), 'takes_binary', typreceive <> 0, 'not_null', attnotnull OR EXISTS (
                SELECT FROM pg_attribute part WHERE part.attrelid = ANY (relations) AND part.attname = a.attname AND part.attnotnull),
            'has_default', atthasdef OR attidentity <> '', 'generated', CASE WHEN attgenerated <> '' THEN (SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = attrelid AND adnum = attnum) END,
            'sequences', (
                -- Those that belong to the column, and those that its default takes values from.
                SELECT json_agg(json_build_object('name', seqrelid::regclass, 'most', CASE WHEN seqincrement > 0 THEN seqmax END,
                    'can_be_set', has_sequence_privilege(seqrelid, 'SELECT') AND has_sequence_privilege(seqrelid, 'UPDATE')) ORDER BY seqrelid)
                FROM (
                    SELECT objid FROM pg_depend WHERE refclassid = 'pg_class'::regclass AND refobjid = attrelid AND refobjsubid = attnum
                        AND classid = 'pg_class'::regclass AND deptype IN ('a', 'i')
                    UNION
                    SELECT refobjid FROM pg_attrdef d JOIN pg_depend ON classid = 'pg_attrdef'::regclass AND objid = d.oid
                    WHERE adrelid = attrelid AND adnum = attnum AND refclassid = 'pg_class'::regclass
                ) AS found (sequence)
                JOIN pg_sequence ON seqrelid = sequence
                WHERE typoutput::text = ANY ('{int2out,int4out,int8out,numeric_out,float4out,float8out}')
            )) ORDER BY attnum)
        FROM pg_attribute a JOIN pg_type t ON t.oid = atttypid WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped
    ) AS columns,
    (
        SELECT json_agg(json_build_object('name', i.relname, 'nulls_are_equal', to_jsonb(pg_index)->'indnullsnotdistinct', 'expressions', pg_get_expr(indexprs, indrelid), 'predicate', pg_get_expr(indpred, indrelid), 'columns', (
            SELECT json_agg(DISTINCT own.attnum) FROM unnest((indkey::int2[])[0:indnkeyatts - 1]) AS number
            JOIN pg_attribute part ON part.attrelid = indrelid AND part.attnum = number
            JOIN pg_attribute own ON own.attrelid = c.oid AND own.attname = part.attname
            WHERE number > 0
        ), 'rests_on', (
            -- On the columns in its expressions, and those in its predicate.
            SELECT json_agg(DISTINCT own.attnum) FROM pg_depend
            JOIN pg_attribute part ON part.attrelid = indrelid AND part.attnum = refobjsubid
            JOIN pg_attribute own ON own.attrelid = c.oid AND own.attname = part.attname
            WHERE indexprs IS NOT NULL AND classid = 'pg_class'::regclass AND objid = indexrelid
                AND refclassid = 'pg_class'::regclass AND refobjid = indrelid AND refobjsubid > 0
        )) ORDER BY i.relname, indexrelid)
        FROM pg_index JOIN pg_class i ON i.oid = indexrelid
        WHERE indrelid = ANY (relations) AND indisunique AND NOT indisexclusion
            AND (indrelid = c.oid OR NOT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = indexrelid))
    ) AS keys,
    (
        SELECT json_agg(json_build_object('name', conname, 'columns', (
            SELECT json_agg(COALESCE(own.attnum, 0) ORDER BY place) FROM unnest(conkey) WITH ORDINALITY AS numbers (number, place)
            LEFT JOIN pg_attribute part ON part.attrelid = conrelid AND part.attnum = number
            LEFT JOIN pg_attribute own ON own.attrelid = c.oid AND own.attname = part.attname
        ), 'parent', confrelid::bigint, 'parent_columns', confkey,
            'deferrable', condeferrable)
            ORDER BY conname, conrelid)
        FROM pg_constraint WHERE conrelid = ANY (relations) AND contype = 'f' AND conparentid = 0
    ) AS foreign_keys,
    (
        SELECT json_agg(json_build_object('name', conname, 'expression', pg_get_expr(conbin, conrelid), 'columns', conkey) ORDER BY conname)
        FROM pg_constraint WHERE conrelid = c.oid AND contype = 'c'
    ) AS checks,
    (
        SELECT json_agg(json_build_object('name', conname, 'expression',
            format('NOT (%s) OR (%s)', COALESCE(pg_get_partition_constraintdef(conrelid), 'true'), pg_get_expr(conbin, conrelid))) ORDER BY conrelid::regclass::text COLLATE "C", conname)
        FROM pg_constraint WHERE conrelid = ANY (relations) AND conrelid <> c.oid AND contype = 'c' AND coninhcount = 0
    ) AS partition_checks,
    (
        SELECT json_agg(json_build_object('name', conname, 'columns', (
            SELECT json_agg(COALESCE(own.attnum, 0) ORDER BY place) FROM unnest(conkey) WITH ORDINALITY AS numbers (number, place)
            LEFT JOIN pg_attribute part ON part.attrelid = conrelid AND part.attnum = number
            LEFT JOIN pg_attribute own ON own.attrelid = c.oid AND own.attname = part.attname
        ), 'operators', (
            SELECT json_agg(oprname ORDER BY place)
            FROM unnest(conexclop) WITH ORDINALITY AS operators (operator, place) JOIN pg_operator o ON o.oid = operator
        )) ORDER BY conname, conrelid)
        FROM pg_constraint WHERE conrelid = ANY (relations) AND conexclop IS NOT NULL AND conparentid = 0
    ) AS exclusions,
    -- What the partitions take together, where that is not everything.
    (
        SELECT json_build_object('name', 'the partitions of ' || c.oid::regclass, 'expression', '(' || string_agg(bound, ') OR (') || ')',
            'columns', (
                -- By their names, since the numbers differ from one partition to the next.
                SELECT json_agg(DISTINCT own.attnum)
                FROM pg_partition_tree(c.oid)
                JOIN pg_depend ON classid = 'pg_class'::regclass AND objid = relid AND refclassid = classid AND refobjid = relid
                    AND refobjsubid = 0 AND objsubid > 0 AND deptype = 'i'
                JOIN pg_attribute key ON key.attrelid = relid AND key.attnum = objsubid
                JOIN pg_attribute own ON own.attrelid = c.oid AND own.attname = key.attname
                WHERE NOT isleaf
            ))
        FROM (SELECT pg_get_partition_constraintdef(relid) AS bound FROM pg_partition_tree(c.oid) WHERE isleaf) AS bounds
        WHERE relkind = 'p' AND EXISTS (
            -- Partitions by hash take everything together, where all of them are there.
            SELECT FROM pg_partition_tree(c.oid) JOIN pg_partitioned_table ON partrelid = relid
            WHERE partdefid = 0 AND (partstrat <> 'h' OR 0.999 > (
                SELECT sum(1.0 / substring(pg_get_expr(relpartbound, part.oid) FROM 'modulus (\d+)')::int)
                FROM pg_inherits JOIN pg_class part ON part.oid = inhrelid WHERE inhparent = relid
            ))
        )
        HAVING count(bound) = count(*) AND count(*) > 0
    ) AS partitions
FROM pg_class c
JOIN pg_namespace n ON n.oid = relnamespace
CROSS JOIN LATERAL (
    -- The table and its partitions, on all levels.
    SELECT ARRAY(SELECT c.oid UNION SELECT relid::oid FROM pg_partition_tree(c.oid)) AS relations
) AS parts
WHERE relkind IN ('r', 'p') AND NOT relispartition AND relpersistence <> 't'
    AND nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND nspname NOT LIKE 'pg\_temp\_%'
ORDER BY nspname, relname;
