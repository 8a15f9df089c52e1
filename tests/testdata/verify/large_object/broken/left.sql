-- expect: not_reversed
-- expect: + large object 2026
-- witness: blind, because large objects are data to it.
-- migrate:up
SELECT lo_create(2026);
GRANT SELECT ON LARGE OBJECT 2026 TO pg_monitor;

-- migrate:down
REVOKE SELECT ON LARGE OBJECT 2026 FROM pg_monitor;
