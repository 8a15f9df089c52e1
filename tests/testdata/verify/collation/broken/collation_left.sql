-- expect: not_reversed
-- expect: + collation public.plain_order
-- migrate:up
CREATE COLLATION plain_order (locale = 'C');
CREATE TABLE codes (code text COLLATE plain_order);

-- migrate:down
DROP TABLE codes;
