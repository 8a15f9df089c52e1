-- expect: not_reversed
-- expect: ~ trigger imports_checked on public.imports: enabled `yes` → `always`
-- migrate:up
ALTER TABLE imports DISABLE TRIGGER imports_checked;
ALTER TABLE imports DISABLE TRIGGER imports_quiet;

-- migrate:down
ALTER TABLE imports ENABLE TRIGGER imports_quiet;
ALTER TABLE imports ENABLE ALWAYS TRIGGER imports_checked;
