-- migrate:up
CREATE TYPE full_name AS (title text, given text, family text);

-- migrate:down
DROP TYPE full_name;
