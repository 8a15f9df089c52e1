changed (class, oid) AS (
    SELECT DISTINCT class, unnest(changed) FROM changes
), touched (class, oid) AS (
    SELECT class, oid FROM changed WHERE (SELECT count(*) FROM changed) <= $2
    UNION
    :next_touched
)
SELECT catalog AS changes, class, changed, present, holders, NULL::bool AS rare, NULL AS sorts FROM changes
UNION ALL
:sorts_of_touched
