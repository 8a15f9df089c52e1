-- What has changed among the objects that are read one by one: for each catalog, whose rows are newer than transaction
-- $1 (`changed`), and whose rows there are (`present`), which tells what is gone. A row of a catalog of parts counts for
-- the whole. Where `present` is NULL, rows go with the whole, or leave a trace in another row of it: what a sequence belongs
-- to, for example, stands in pg_depend, but ALTER SEQUENCE always writes pg_sequence, too. Triggers of foreign keys are
-- never listed by themselves. `holders` tells the relation of each row in `present`, where it is not the object itself.
-- Each catalog is gone through once, from its first page to its last: an index on the numbers would lead through nearly
-- all rows too, one by one. So the numbers are compared as bigint, for which there is no index.
-- The last row is that of `sql/dependents.sql`, for the objects with new rows; it is empty if there are more than $2, since
-- then everything is read.
WITH RECURSIVE changes (catalog, class, changed, present, holders) AS (
    SELECT 'pg_class', 'pg_class'::regclass::oid, array_agg(oid) FILTER (WHERE :is_new), array_agg(oid), NULL::oid[]
    FROM pg_class WHERE oid::bigint >= 16384
    UNION ALL
    SELECT c.* FROM (
        SELECT array_agg(oid) FILTER (WHERE is_new) AS changed, array_agg(oid) AS present, array_agg(conrelid) AS holders,
            array_agg(conrelid) FILTER (WHERE is_new AND conrelid >= 16384) AS tables,
            array_agg(conindid) FILTER (WHERE is_new AND conindid >= 16384 AND contype IN ('p', 'u', 'x')) AS indexes
        FROM (SELECT *, :is_new AS is_new FROM pg_constraint WHERE oid::bigint >= 16384) AS constraints
    ) AS found, LATERAL (VALUES
        ('pg_constraint', 'pg_constraint'::regclass::oid, changed, present, holders),
        ('table of a constraint', 'pg_class'::regclass::oid, tables, NULL, NULL),
        ('index of a constraint', 'pg_class'::regclass::oid, indexes, NULL, NULL)
    ) AS c
    UNION ALL
    SELECT t.* FROM (
        SELECT array_agg(oid) FILTER (WHERE is_new AND is_listed) AS changed, array_agg(oid) FILTER (WHERE is_listed) AS present,
            array_agg(tgrelid) FILTER (WHERE is_listed) AS holders,
            array_agg(tgconstraint) FILTER (WHERE is_new AND tgconstraint >= 16384) AS constraints
        FROM (
            SELECT *, :is_new AS is_new, (NOT tgisinternal OR tgparentid <> 0) AS is_listed
            FROM pg_trigger WHERE oid::bigint >= 16384
        ) AS triggers
    ) AS found, LATERAL (VALUES
        ('pg_trigger', 'pg_trigger'::regclass::oid, changed, present, holders),
        ('constraint of a trigger', 'pg_constraint'::regclass::oid, constraints, NULL, NULL)
    ) AS t
    UNION ALL
    SELECT 'pg_rewrite', 'pg_rewrite'::regclass, array_agg(oid) FILTER (WHERE :is_new), array_agg(oid), array_agg(ev_class)
    FROM pg_rewrite WHERE oid >= 16384
    UNION ALL
    SELECT 'relation of a rule', 'pg_class'::regclass, array_agg(ev_class) FILTER (WHERE :is_new), array_agg(ev_class), NULL
    FROM pg_rewrite WHERE ev_class >= 16384
    UNION ALL
    SELECT 'pg_policy', 'pg_policy'::regclass, array_agg(oid) FILTER (WHERE :is_new), array_agg(oid), array_agg(polrelid)
    FROM pg_policy WHERE oid >= 16384
    UNION ALL
    SELECT 'pg_attribute', 'pg_class'::regclass, array_agg(attrelid), NULL, NULL
    FROM pg_attribute WHERE :is_new AND attrelid::bigint >= 16384
    UNION ALL
    SELECT 'pg_attrdef', 'pg_class'::regclass, array_agg(adrelid) FILTER (WHERE :is_new), array_agg(adrelid), NULL
    FROM pg_attrdef WHERE adrelid::bigint >= 16384
    UNION ALL
    SELECT 'pg_index', 'pg_class'::regclass, array_agg(indexrelid), NULL, NULL
    FROM pg_index WHERE indexrelid::bigint >= 16384 AND :is_new
    UNION ALL
    SELECT 'pg_sequence', 'pg_class'::regclass, array_agg(seqrelid), NULL, NULL
    FROM pg_sequence WHERE seqrelid::bigint >= 16384 AND :is_new
    UNION ALL
    SELECT 'pg_inherits', 'pg_class'::regclass, array_agg(inhrelid) FILTER (WHERE :is_new), array_agg(inhrelid), NULL
    FROM pg_inherits WHERE inhrelid >= 16384
    UNION ALL
    :changes_of_others
), :touched_by_changes;
