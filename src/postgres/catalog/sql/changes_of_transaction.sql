-- The same as `sql/changes.sql` for the changes of the open transaction, $1, where it has granted and revoked nothing. Whatever
-- else changes a relation or a part of it, such as a column, a constraint or a trigger, locks the relation until the end of the
-- transaction. So of the catalogs of relations and their parts only the rows of locked relations are looked at, by an index
-- (OFFSET keeps a lookup from becoming a join); constraints of domains have no relation: 0. All rows of the others are
-- looked at, which are few, or of all kinds. What changes without a lock of its own (an index that follows its table into
-- another schema) depends on what is locked. The first row tells which relations are locked.
WITH RECURSIVE locked (oid, kind, is_new) AS MATERIALIZED (
    SELECT l.oid, c.kind, c.is_new
    FROM (
        SELECT DISTINCT relation FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'relation' AND relation >= 16384
    ) AS l (oid)
    LEFT JOIN LATERAL (SELECT relkind AS kind, :is_new AS is_new FROM pg_class WHERE oid = l.oid OFFSET 0) AS c ON true
), holder (oid) AS MATERIALIZED (
    SELECT oid FROM locked WHERE kind IN ('r', 'p', 'f', 'v', 'm')
    UNION ALL SELECT 0::oid
), changes (catalog, class, changed, present, holders) AS (
    SELECT 'locked', 'pg_class'::regclass::oid, NULL::oid[], array_agg(oid) || 0::oid, NULL::oid[] FROM locked
    UNION ALL
    SELECT 'pg_class', 'pg_class'::regclass, array_agg(oid) FILTER (WHERE is_new), array_agg(oid), NULL
    FROM locked WHERE kind IS NOT NULL
    UNION ALL
    SELECT 'pg_type', 'pg_type'::regclass, array_agg(oid) FILTER (WHERE :is_new), array_agg(oid), NULL
    FROM pg_type WHERE oid::bigint >= 16384
    UNION ALL
    SELECT 'pg_enum', 'pg_type'::regclass, array_agg(enumtypid) FILTER (WHERE :is_new), array_agg(enumtypid), NULL
    FROM pg_enum WHERE enumtypid::bigint >= 16384
    UNION ALL
    SELECT 'pg_range', 'pg_type'::regclass, array_agg(rngtypid), NULL, NULL
    FROM pg_range WHERE rngtypid::bigint >= 16384 AND :is_new
    UNION ALL
    SELECT c.* FROM (
        SELECT array_agg(k.oid) FILTER (WHERE is_new) AS changed, array_agg(k.oid) AS present, array_agg(conrelid) AS holders,
            array_agg(conrelid) FILTER (WHERE is_new AND conrelid >= 16384) AS tables,
            array_agg(conindid) FILTER (WHERE is_new AND conindid >= 16384 AND contype IN ('p', 'u', 'x')) AS indexes
        FROM holder h, LATERAL (
            SELECT *, :is_new AS is_new FROM pg_constraint WHERE conrelid = h.oid AND oid::bigint >= 16384 OFFSET 0
        ) AS k
    ) AS found, LATERAL (VALUES
        ('pg_constraint', 'pg_constraint'::regclass::oid, changed, present, holders),
        ('table of a constraint', 'pg_class'::regclass::oid, tables, NULL, NULL),
        ('index of a constraint', 'pg_class'::regclass::oid, indexes, NULL, NULL)
    ) AS c
    UNION ALL
    SELECT t.* FROM (
        SELECT array_agg(t.oid) FILTER (WHERE is_new AND is_listed) AS changed,
            array_agg(t.oid) FILTER (WHERE is_listed) AS present, array_agg(tgrelid) FILTER (WHERE is_listed) AS holders,
            array_agg(tgconstraint) FILTER (WHERE is_new AND tgconstraint >= 16384) AS constraints
        FROM holder h, LATERAL (
            SELECT *, :is_new AS is_new, (NOT tgisinternal OR tgparentid <> 0) AS is_listed
            FROM pg_trigger WHERE tgrelid = h.oid OFFSET 0
        ) AS t
    ) AS found, LATERAL (VALUES
        ('pg_trigger', 'pg_trigger'::regclass::oid, changed, present, holders),
        ('constraint of a trigger', 'pg_constraint'::regclass::oid, constraints, NULL, NULL)
    ) AS t
    UNION ALL
    SELECT r.* FROM (
        SELECT array_agg(r.oid) FILTER (WHERE is_new) AS changed, array_agg(r.oid) AS present, array_agg(ev_class) AS holders,
            array_agg(ev_class) FILTER (WHERE is_new) AS relations
        FROM holder h, LATERAL (SELECT *, :is_new AS is_new FROM pg_rewrite WHERE ev_class = h.oid OFFSET 0) AS r
    ) AS found, LATERAL (VALUES
        ('pg_rewrite', 'pg_rewrite'::regclass::oid, changed, present, holders),
        ('relation of a rule', 'pg_class'::regclass::oid, relations, holders, NULL)
    ) AS r
    UNION ALL
    SELECT 'pg_policy', 'pg_policy'::regclass, array_agg(p.oid) FILTER (WHERE is_new), array_agg(p.oid), array_agg(polrelid)
    FROM holder h, LATERAL (SELECT *, :is_new AS is_new FROM pg_policy WHERE polrelid = h.oid OFFSET 0) AS p
    UNION ALL
    SELECT 'pg_statistic_ext', 'pg_statistic_ext'::regclass, array_agg(oid) FILTER (WHERE :is_new), array_agg(oid), NULL
    FROM pg_statistic_ext WHERE oid >= 16384
    UNION ALL
    SELECT 'pg_proc', 'pg_proc'::regclass, array_agg(oid) FILTER (WHERE :is_new), array_agg(oid), NULL
    FROM pg_proc WHERE oid >= 16384
    UNION ALL
    SELECT 'pg_aggregate', 'pg_proc'::regclass, array_agg(aggfnoid::oid), NULL, NULL
    FROM pg_aggregate WHERE aggfnoid::oid >= 16384 AND :is_new
    UNION ALL
    SELECT 'pg_attribute', 'pg_class'::regclass, array_agg(oid), NULL, NULL
    FROM locked l WHERE kind NOT IN ('S', 't') AND EXISTS (SELECT FROM pg_attribute WHERE attrelid = l.oid AND :is_new OFFSET 0)
    UNION ALL
    SELECT 'pg_attrdef', 'pg_class'::regclass, array_agg(adrelid) FILTER (WHERE is_new), array_agg(adrelid), NULL
    FROM holder h, LATERAL (SELECT adrelid, :is_new AS is_new FROM pg_attrdef WHERE adrelid = h.oid OFFSET 0) AS d
    UNION ALL
    SELECT 'pg_index', 'pg_class'::regclass, array_agg(indexrelid), NULL, NULL
    FROM holder h, LATERAL (SELECT indexrelid FROM pg_index WHERE indrelid = h.oid AND :is_new OFFSET 0) AS i
    UNION ALL
    SELECT 'pg_sequence', 'pg_class'::regclass, array_agg(seqrelid), NULL, NULL
    FROM locked l, LATERAL (SELECT seqrelid FROM pg_sequence WHERE kind = 'S' AND seqrelid = l.oid AND :is_new OFFSET 0) AS s
    UNION ALL
    SELECT 'pg_inherits', 'pg_class'::regclass, array_agg(inhrelid) FILTER (WHERE i.is_new), array_agg(inhrelid), NULL
    FROM locked l, LATERAL (SELECT inhrelid, :is_new AS is_new FROM pg_inherits WHERE inhrelid = l.oid OFFSET 0) AS i
    UNION ALL
    SELECT 'pg_partitioned_table', 'pg_class'::regclass, array_agg(partrelid), NULL, NULL
    FROM pg_partitioned_table WHERE partrelid >= 16384 AND :is_new
    UNION ALL
    SELECT 'pg_foreign_table', 'pg_class'::regclass, array_agg(ftrelid), NULL, NULL
    FROM pg_foreign_table WHERE ftrelid >= 16384 AND :is_new
    UNION ALL
    SELECT 'pg_description', classoid, array_agg(objoid) FILTER (WHERE :is_new), array_agg(objoid), NULL
    FROM pg_description WHERE objoid >= 16384 GROUP BY classoid
    UNION ALL
    SELECT 'pg_seclabel', classoid, array_agg(objoid) FILTER (WHERE :is_new), array_agg(objoid), NULL
    FROM pg_seclabel WHERE objoid >= 16384 GROUP BY classoid
), changed (class, oid) AS (
    SELECT DISTINCT class, unnest(changed) FROM changes
), touched (class, oid) AS (
    SELECT class, oid FROM changed WHERE (SELECT count(*) FROM changed) <= $2
    UNION
    :next_touched
)
SELECT catalog AS changes, class, changed, present, holders, NULL::bool AS rare, NULL AS sorts FROM changes
UNION ALL
:sorts_of_touched;
