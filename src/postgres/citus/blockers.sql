-- Who is in the way of a statement on a worker of Citus. There it runs in sessions that bear the number of the one that sent it,
-- and so does what is in the way, where it came by way of this server: then that session is named, and not the worker's.
WITH ours AS MATERIALIZED (
    SELECT citus_backend_gpid() - pg_backend_pid() AS node, pid FROM pg_stat_activity
    WHERE starts_with(query, :mark) AND state = 'active' AND datname = current_database()
),
seen AS MATERIALIZED (
    SELECT n.nodename || ':' || n.nodeport AS worker, b.*
    FROM ours
    CROSS JOIN LATERAL run_command_on_all_nodes(format($$
        SELECT coalesce(json_agg(DISTINCT b.found::text), '[]') FROM pg_catalog.pg_stat_activity a
        CROSS JOIN LATERAL pg_catalog.unnest(pg_catalog.pg_blocking_pids(a.pid)) AS blocking
        JOIN (
            SELECT pid, json_build_object('pid', pid, 'usename', usename, 'application_name', application_name,
                'client_addr', client_addr, 'state', state,
                'since', to_char(timezone('UTC', state_change), 'YYYY-MM-DD"T"HH24:MI:SS"Z"')) AS found
            FROM pg_catalog.pg_stat_activity
        ) AS b ON b.pid = blocking
        WHERE a.application_name = 'citus_internal gpid=%s'$$, ours.node + ours.pid), true, false) AS answer
    JOIN pg_dist_node n ON n.nodeid = answer.nodeid
    CROSS JOIN LATERAL json_array_elements_text(CASE WHEN answer.success THEN answer.result ELSE '[]' END::json) AS found
    CROSS JOIN LATERAL json_to_record(found::json)
        AS b (pid integer, usename text, application_name text, client_addr text, state text, since text)
)
SELECT DISTINCT coalesce(o.pid, s.pid) AS pid, coalesce(o.usename, s.usename) AS usename,
    coalesce(o.application_name, s.application_name) AS application_name,
    CASE WHEN o.pid IS NULL THEN s.client_addr ELSE o.client_addr::text END AS client_addr,
    coalesce(o.state, s.state) AS state,
    coalesce(to_char(timezone('UTC', o.state_change), 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), s.since) AS since,
    CASE WHEN o.pid IS NULL THEN s.worker END AS worker
FROM seen s
LEFT JOIN pg_stat_activity o
    ON s.application_name = format('citus_internal gpid=%s', citus_backend_gpid() - pg_backend_pid() + o.pid)
