-- expect: not_reversed
-- expect: ~ text search configuration public.recipe_search: mappings - `word: english_stem`, + `word: german_stem`
-- migrate:up
ALTER TEXT SEARCH CONFIGURATION recipe_search ALTER MAPPING FOR asciiword, word WITH german_stem;

-- migrate:down
ALTER TEXT SEARCH CONFIGURATION recipe_search ALTER MAPPING FOR asciiword WITH english_stem;
