-- expect: down_fails
-- expect: index "song_title_idx" does not exist
-- migrate:up
CREATE INDEX songs_title_idx ON songs (title DESC NULLS LAST);

-- migrate:down
DROP INDEX song_title_idx;
