-- expect: not_reversed
-- expect: + procedure public.close_year(integer)
-- migrate:up
CREATE PROCEDURE close_year(year int) LANGUAGE plpgsql AS $$
BEGIN
    RAISE NOTICE 'closed %', year;
END
$$;

-- migrate:down
CREATE OR REPLACE PROCEDURE close_year(year int) LANGUAGE sql AS '';
