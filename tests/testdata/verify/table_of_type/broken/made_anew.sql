-- expect: not_reversed
-- expect: ~ table public.shop_points: of type none → `public.shop_point`
-- migrate:up
ALTER TABLE shop_points OF shop_point;

-- migrate:down
DROP TABLE shop_points;
CREATE TABLE shop_points OF shop_point;
