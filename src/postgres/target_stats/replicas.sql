-- Standbys and subscribers, also those that are away and have left a slot. One that has confirmed all that was sent to it has no
-- delay. Most roles may see only that there is one.
SELECT COALESCE(NULLIF(application_name, ''), client_addr::text, 'pid ' || pid::text) AS replica,
    CASE WHEN replay_lsn = sent_lsn THEN 0 ELSE EXTRACT(epoch FROM replay_lag) END AS seconds,
    state IS NULL AS hidden
FROM pg_stat_replication WHERE state IS DISTINCT FROM 'backup'
UNION ALL
SELECT slot_name, NULL, false FROM pg_replication_slots WHERE NOT active
ORDER BY 1;
