-- migrate:up
CREATE PROCEDURE close_year(year int) LANGUAGE plpgsql AS $$
BEGIN
    RAISE NOTICE 'closed %', year;
END
$$;

-- migrate:down
DROP PROCEDURE close_year(int);
