-- expect: not_reversed
-- expect: ~ view public.own_files: options + `security_barrier=true`
-- migrate:up
ALTER VIEW own_files SET (security_barrier);
ALTER VIEW own_files ALTER COLUMN name SET DEFAULT 'untitled';

-- migrate:down
ALTER VIEW own_files ALTER COLUMN name DROP DEFAULT;
