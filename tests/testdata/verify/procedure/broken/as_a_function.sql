-- expect: down_fails
-- expect: close_year(integer) is not a function
-- migrate:up
CREATE PROCEDURE close_year(year int) LANGUAGE plpgsql AS $$
BEGIN
    RAISE NOTICE 'closed %', year;
END
$$;

-- migrate:down
DROP FUNCTION close_year(int);
