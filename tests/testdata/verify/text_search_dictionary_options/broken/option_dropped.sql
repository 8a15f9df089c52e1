-- expect: not_reversed
-- expect: ~ text search dictionary public.short_words: options `accept = 'false'` → none
-- migrate:up
ALTER TEXT SEARCH DICTIONARY short_words (ACCEPT = true);

-- migrate:down
ALTER TEXT SEARCH DICTIONARY short_words (ACCEPT);
