-- migrate:up
ALTER TEXT SEARCH DICTIONARY short_words (ACCEPT = true);

-- migrate:down
ALTER TEXT SEARCH DICTIONARY short_words (ACCEPT = false);
