-- migrate:up
ALTER TYPE full_name DROP ATTRIBUTE title;

-- migrate:down
DROP TYPE full_name;
CREATE TYPE full_name AS (title text, given text, family text);
