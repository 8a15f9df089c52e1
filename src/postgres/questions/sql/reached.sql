-- What among these names leads to code that is not the server's own and that the planner may run: functions of users that call
-- themselves immutable or stable, or that are written in SQL and become a part of the statement, and foreign tables, whose
-- servers may be asked. What they are used in leads there, too: a view, a default, an index, a policy, a domain.
-- An operator or a cast may be meant without being named.
WITH RECURSIVE code AS (
    SELECT 'pg_proc'::regclass::oid AS class, p.oid
    FROM pg_proc p JOIN pg_language l ON l.oid = prolang
    WHERE p.oid >= 16384
        -- What is only planned runs no function that calls itself volatile. In a question all may run; those of the current role
        -- or of a superuser get no rights by it that they had not before.
        AND CASE WHEN :asked THEN NOT EXISTS (
                SELECT FROM pg_roles o WHERE o.oid = proowner AND (o.rolsuper OR o.rolname = current_user))
            ELSE provolatile <> 'v' OR lanname = 'sql' END
        AND prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype)
        AND NOT (lanname = 'c' AND EXISTS (
            SELECT FROM pg_depend WHERE classid = 'pg_proc'::regclass AND objid = p.oid AND deptype = 'e'))
    UNION ALL
    SELECT 'pg_class'::regclass, ftrelid FROM pg_foreign_table
),
-- What each object is a part of or is used in.
uses (class, oid, by_class, by_oid) AS MATERIALIZED (
    SELECT refclassid, refobjid, classid, objid FROM pg_depend WHERE deptype IN ('n', 'a', 'i') AND classid <> 'pg_trigger'::regclass
    UNION ALL
    SELECT 'pg_attrdef'::regclass, oid, 'pg_class'::regclass, adrelid FROM pg_attrdef
    UNION ALL
    SELECT 'pg_constraint'::regclass, oid, 'pg_class'::regclass, conrelid FROM pg_constraint WHERE conrelid <> 0
    UNION ALL
    SELECT 'pg_constraint'::regclass, oid, 'pg_type'::regclass, contypid FROM pg_constraint WHERE contypid <> 0
    UNION ALL
    SELECT 'pg_rewrite'::regclass, oid, 'pg_class'::regclass, ev_class FROM pg_rewrite
    UNION ALL
    SELECT 'pg_policy'::regclass, oid, 'pg_class'::regclass, polrelid FROM pg_policy
    UNION ALL
    SELECT 'pg_statistic_ext'::regclass, oid, 'pg_class'::regclass, stxrelid FROM pg_statistic_ext
    UNION ALL
    SELECT 'pg_class'::regclass, indexrelid, 'pg_class'::regclass, indrelid FROM pg_index
    UNION ALL
    SELECT 'pg_class'::regclass, inhrelid, 'pg_class'::regclass, inhparent FROM pg_inherits
),
reached AS (
    SELECT class, oid FROM code
    UNION
    SELECT by_class, by_oid FROM reached r JOIN uses u ON u.class = r.class AND u.oid = r.oid
),
-- The tables that are locked, those of which it was asked and their children: whether one belongs to somebody else than the
-- current role or a superuser.
strangers AS (
    SELECT EXISTS (
        SELECT FROM pg_locks l JOIN pg_class c ON c.oid = l.relation JOIN pg_roles o ON o.oid = c.relowner
        WHERE locktype = 'relation' AND l.pid = pg_backend_pid() AND NOT rolsuper AND rolname <> current_user
    ) AS are_there
),
found AS (
    SELECT 'the function ' || proname::text AS what FROM reached JOIN pg_proc p USING (oid)
    WHERE class = 'pg_proc'::regclass AND proname = ANY (ARRAY[:names]::name[])
    UNION ALL
    SELECT 'code of users or of another server, by way of ' || relname::text FROM reached JOIN pg_class c USING (oid)
    WHERE class = 'pg_class'::regclass AND relname = ANY (ARRAY[:names]::name[])
    UNION ALL
    SELECT 'the view or foreign table ' || relname::text FROM pg_class
    WHERE :asked AND relkind IN ('v', 'f') AND relname = ANY (ARRAY[:names]::name[])
        AND relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
    UNION ALL
    SELECT 'a function of users, by way of the type ' || typname::text FROM reached JOIN pg_type t USING (oid)
    WHERE class = 'pg_type'::regclass AND typrelid = 0 AND typname = ANY (ARRAY[:names]::name[])
    UNION ALL
    SELECT 'a function of users, by way of the operator ' || oprname::text FROM reached JOIN pg_operator o USING (oid)
    WHERE class = 'pg_operator'::regclass
    UNION ALL
    SELECT 'a function of users, by way of a cast' FROM reached WHERE class = 'pg_cast'::regclass
)
SELECT (SELECT what FROM found ORDER BY what LIMIT 1) AS what, are_there FROM strangers;
