-- expect: not_reversed
-- expect: ~ trigger imports_checked on public.imports: enabled `yes` → `no`
-- migrate:up
ALTER TABLE imports DISABLE TRIGGER imports_checked;
ALTER TABLE imports DISABLE TRIGGER imports_quiet;

-- migrate:down
ALTER TABLE imports ENABLE TRIGGER imports_quiet;
