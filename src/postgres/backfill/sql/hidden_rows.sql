-- The tables locked by this transaction of which row security hides rows from the role, for these commands: a policy that is
-- true for each row hides none.
SELECT l.relation::regclass AS hidden
FROM (
    SELECT relation, bool_or(mode = 'RowExclusiveLock') AS is_changed
    FROM pg_locks
    WHERE pid = pg_backend_pid() AND locktype = 'relation'
    GROUP BY relation
) l
JOIN pg_class c ON c.oid = l.relation AND c.relrowsecurity
WHERE row_security_active(l.relation) AND EXISTS (
    SELECT FROM unnest('{r}'::"char"[] || CASE WHEN l.is_changed THEN $COMMANDS::"char"[] END) AS command
    CROSS JOIN LATERAL (
        SELECT bool_or(p.polpermissive AND p.qual = 'true') AS lets_through,
               bool_or(NOT p.polpermissive AND p.qual <> 'true') AS keeps_out
        FROM (SELECT *, pg_get_expr(polqual, polrelid) AS qual FROM pg_policy WHERE polrelid = l.relation) p
        WHERE p.polcmd IN ('*', command)
          AND EXISTS (SELECT FROM unnest(p.polroles) r WHERE r = 0 OR pg_has_role(r, 'USAGE'))
    ) policies
    WHERE lets_through IS NOT TRUE OR keeps_out
)
ORDER BY 1
