-- migrate:up
CREATE TABLE drafts (author name);
CREATE POLICY drafts_read ON drafts AS RESTRICTIVE FOR SELECT TO pg_monitor, pg_read_all_data USING (author = CURRENT_USER);

-- migrate:down
DROP TABLE drafts;
