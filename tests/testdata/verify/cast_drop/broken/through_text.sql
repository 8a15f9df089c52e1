-- expect: not_reversed
-- expect: ~ cast (integer AS public.shoe_size): function
-- expect: ~ cast (integer AS public.shoe_size): method `function` → `inout`
-- migrate:up
DROP CAST (int AS shoe_size);

-- migrate:down
CREATE CAST (int AS shoe_size) WITH INOUT AS ASSIGNMENT;
