-- expect: layout_differs
-- expect: ~ function public.greeting(text): body (white space and comments only)
-- migrate:up
CREATE OR REPLACE FUNCTION greeting(name text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN 'Good morning, ' || name;
END
$$;

-- migrate:down
CREATE OR REPLACE FUNCTION greeting(name text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN 'Hello, ' || name;
END
$$;
