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
    :changes_of_others
), :touched_by_changes;
