-- expect: not_reversed
-- expect: + index songs_title_old on public.songs
-- migrate:up
CREATE INDEX songs_title_idx ON songs (title DESC NULLS LAST);

-- migrate:down
ALTER INDEX songs_title_idx RENAME TO songs_title_old;
