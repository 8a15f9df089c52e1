-- migrate:up
CREATE TABLE archive (line text);
CREATE RULE archive_stays AS ON DELETE TO archive DO INSTEAD NOTHING;

-- migrate:down
DROP TABLE archive;
