-- migrate:up
ALTER TABLE shop_points OF shop_point;

-- migrate:down
ALTER TABLE shop_points NOT OF;
