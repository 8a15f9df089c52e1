-- migrate:up
CREATE TEXT SEARCH DICTIONARY lower_words (TEMPLATE = simple, ACCEPT = false);
CREATE TEXT SEARCH CONFIGURATION lower_search (COPY = simple);
ALTER TEXT SEARCH CONFIGURATION lower_search ALTER MAPPING FOR asciiword WITH lower_words;

-- migrate:down
DROP TEXT SEARCH CONFIGURATION lower_search;
DROP TEXT SEARCH DICTIONARY lower_words;
