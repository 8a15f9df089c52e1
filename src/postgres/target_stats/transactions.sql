-- Transactions of this database that have been open for a while, and what they have locks on. A prepared one has no process.
-- What sessions of other roles do is hidden from most roles, but not that they are there.
WITH here AS MATERIALIZED (
    SELECT oid FROM pg_database WHERE datname = current_database()
),
held AS MATERIALIZED (
    SELECT virtualtransaction, json_agg(json_build_array(nspname, relname) ORDER BY nspname, relname) AS relations,
        json_agg(json_build_array(nspname, relname) ORDER BY nspname, relname) FILTER (WHERE writes) AS written
    FROM (
        SELECT virtualtransaction, nspname, relname, bool_or(mode NOT IN ('AccessShareLock', 'RowShareLock')) AS writes
        FROM pg_locks JOIN pg_class c ON c.oid = relation JOIN pg_namespace n ON n.oid = relnamespace
        WHERE locktype = 'relation' AND granted AND database = (SELECT oid FROM here)
            AND nspname !~ '^pg_' AND nspname <> 'information_schema'
        GROUP BY virtualtransaction, nspname, relname
    ) AS locks
    GROUP BY virtualtransaction
),
sessions AS (
    SELECT a.pid, COALESCE(NULLIF(application_name, ''), backend_type, '') AS application, xact_start, v.virtualtransaction,
        query = '<insufficient privilege>' AND xact_start IS NULL AS hidden
    FROM pg_stat_activity a
    LEFT JOIN pg_locks v ON v.pid = a.pid AND v.locktype = 'virtualxid' AND v.virtualxid = v.virtualtransaction
    WHERE datid = (SELECT oid FROM here) AND a.pid <> pg_backend_pid()
    UNION ALL
    SELECT 0, 'prepared transaction ' || gid::text, prepared, x.virtualtransaction, false
    FROM pg_prepared_xacts p
    LEFT JOIN pg_locks x ON x.locktype = 'transactionid' AND x.transactionid = p.transaction AND x.pid IS NULL
    WHERE p.database = current_database()
)
SELECT pid AS transaction, application, EXTRACT(epoch FROM clock_timestamp() - xact_start) AS seconds, relations, written, hidden
FROM sessions s LEFT JOIN held h ON h.virtualtransaction = s.virtualtransaction
WHERE hidden OR xact_start <= clock_timestamp() - interval ':a_while'
ORDER BY xact_start, pid;
