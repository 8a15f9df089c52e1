-- migrate:up
CREATE OR REPLACE FUNCTION greeting(name text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    -- Everybody is greeted.
    RETURN 'Hello, ' || name;
END
$$;

-- migrate:down
DROP FUNCTION greeting(text);
