-- expect: not_reversed
-- expect: ~ table public.queue: options + `fillfactor=100`
-- migrate:up
ALTER TABLE queue SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01, toast.autovacuum_enabled = off);

-- migrate:down
ALTER TABLE queue RESET (autovacuum_vacuum_scale_factor, toast.autovacuum_enabled);
ALTER TABLE queue SET (fillfactor = 100);
