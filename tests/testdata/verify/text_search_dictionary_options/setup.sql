-- migrate:up
CREATE TEXT SEARCH DICTIONARY short_words (TEMPLATE = simple, ACCEPT = false);

-- migrate:down
DROP TEXT SEARCH DICTIONARY short_words;
