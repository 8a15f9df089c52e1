-- migrate:up
SELECT lo_create(2026);
GRANT SELECT ON LARGE OBJECT 2026 TO pg_monitor;

-- migrate:down
SELECT lo_unlink(2026);
