-- migrate:up
ALTER TEXT SEARCH CONFIGURATION recipe_search ALTER MAPPING FOR asciiword, word WITH german_stem;

-- migrate:down
ALTER TEXT SEARCH CONFIGURATION recipe_search ALTER MAPPING FOR asciiword, word WITH english_stem;
