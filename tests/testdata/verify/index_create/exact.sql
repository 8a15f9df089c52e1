-- migrate:up
CREATE INDEX songs_title_idx ON songs (title DESC NULLS LAST);

-- migrate:down
DROP INDEX songs_title_idx;
