-- migrate:up
CREATE TEXT SEARCH CONFIGURATION recipe_search (COPY = english);

-- migrate:down
DROP TEXT SEARCH CONFIGURATION recipe_search;
