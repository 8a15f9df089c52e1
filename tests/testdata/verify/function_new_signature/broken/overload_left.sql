-- expect: not_reversed
-- expect: + function public.full_title(text, integer)
-- migrate:up
DROP FUNCTION full_title(text);
CREATE FUNCTION full_title(title text, edition int) RETURNS text LANGUAGE sql AS $$ SELECT title || ', ' || edition $$;

-- migrate:down
CREATE OR REPLACE FUNCTION full_title(title text) RETURNS text LANGUAGE sql AS 'SELECT title';
