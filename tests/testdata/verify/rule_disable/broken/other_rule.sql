-- expect: not_reversed
-- expect: ~ rule archive_stays on public.archive: definition
-- expect: ~ rule archive_stays on public.archive: enabled `yes` → `no`
-- migrate:up
ALTER TABLE archive DISABLE RULE archive_stays;

-- migrate:down
CREATE OR REPLACE RULE archive_stays AS ON DELETE TO archive DO ALSO NOTIFY archive;
