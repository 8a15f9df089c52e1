-- expect: not_reversed
-- expect: ~ cast (integer AS public.shoe_size): context `assignment` → `implicit`
-- migrate:up
DROP CAST (int AS shoe_size);

-- migrate:down
CREATE CAST (int AS shoe_size) WITH FUNCTION to_shoe_size(int) AS IMPLICIT;
