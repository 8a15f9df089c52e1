-- migrate:up
CREATE FUNCTION opening_hours() RETURNS text LANGUAGE sql AS $$ SELECT 'nine to five' $$;

-- migrate:down
DROP FUNCTION opening_hours();
