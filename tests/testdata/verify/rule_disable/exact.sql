-- migrate:up
ALTER TABLE archive DISABLE RULE archive_stays;

-- migrate:down
ALTER TABLE archive ENABLE RULE archive_stays;
