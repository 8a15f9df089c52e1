-- expect: not_reversed
-- expect: ~ function public.full_title(text): result `text` → `character varying`
-- migrate:up
DROP FUNCTION full_title(text);
CREATE FUNCTION full_title(title text, edition int) RETURNS text LANGUAGE sql AS $$ SELECT title || ', ' || edition $$;

-- migrate:down
DROP FUNCTION full_title(text, int);
CREATE FUNCTION full_title(title text) RETURNS varchar LANGUAGE sql AS 'SELECT title';
