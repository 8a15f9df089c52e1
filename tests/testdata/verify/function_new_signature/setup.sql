-- migrate:up
CREATE FUNCTION full_title(title text) RETURNS text LANGUAGE sql AS 'SELECT title';

-- migrate:down
DROP FUNCTION full_title(text);
