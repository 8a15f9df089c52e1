-- expect: not_reversed
-- expect: ~ table public.queue: options + `toast.autovacuum_enabled=off`
-- migrate:up
ALTER TABLE queue SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01, toast.autovacuum_enabled = off);

-- migrate:down
ALTER TABLE queue RESET (fillfactor, autovacuum_vacuum_scale_factor);
