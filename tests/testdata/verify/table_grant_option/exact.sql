-- migrate:up
GRANT SELECT ON ledgers TO pg_monitor WITH GRANT OPTION;

-- migrate:down
REVOKE GRANT OPTION FOR SELECT ON ledgers FROM pg_monitor;
