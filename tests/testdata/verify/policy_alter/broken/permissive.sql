-- expect: not_reversed
-- expect: ~ policy drafts_read on public.drafts: restrictive `true` → none
-- migrate:up
DROP POLICY drafts_read ON drafts;

-- migrate:down
CREATE POLICY drafts_read ON drafts FOR SELECT TO pg_monitor, pg_read_all_data USING (author = CURRENT_USER);
