-- expect: not_reversed
-- expect: + cast (text AS public.shirt_size)
-- migrate:up
CREATE CAST (text AS shirt_size) WITH INOUT AS ASSIGNMENT;

-- migrate:down
DROP CAST (text AS shirt_size);
CREATE CAST (text AS shirt_size) WITH INOUT;
