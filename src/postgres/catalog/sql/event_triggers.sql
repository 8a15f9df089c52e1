SELECT 'event trigger' AS kind, NULL AS "of", quote_ident(evtname) AS name, tableoid AS class, oid, 0 AS sub,
    pg_get_userbyid(evtowner) AS owner,
    evtevent AS event,
    evtfoid::regprocedure AS function,
    (SELECT json_agg(tag ORDER BY tag) FROM unnest(evttags) AS tag) AS tags,
    CASE evtenabled WHEN 'D' THEN 'no' WHEN 'R' THEN 'replica' WHEN 'A' THEN 'always' ELSE 'yes' END AS enabled
FROM pg_event_trigger;
