-- expect: not_reversed
-- expect: ~ rule archive_stays on public.archive: enabled `yes` → `replica`
-- migrate:up
ALTER TABLE archive DISABLE RULE archive_stays;

-- migrate:down
ALTER TABLE archive ENABLE REPLICA RULE archive_stays;
