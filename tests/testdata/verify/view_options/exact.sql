-- migrate:up
ALTER VIEW own_files SET (security_barrier);
ALTER VIEW own_files ALTER COLUMN name SET DEFAULT 'untitled';

-- migrate:down
ALTER VIEW own_files ALTER COLUMN name DROP DEFAULT;
ALTER VIEW own_files RESET (security_barrier);
