-- expect: not_reversed
-- expect: ~ policy drafts_read on public.drafts: roles
-- migrate:up
DROP POLICY drafts_read ON drafts;

-- migrate:down
CREATE POLICY drafts_read ON drafts AS RESTRICTIVE FOR SELECT USING (author = CURRENT_USER);
