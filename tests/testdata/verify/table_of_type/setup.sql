-- migrate:up
CREATE TYPE shop_point AS (x int, y int);
CREATE TABLE shop_points (x int, y int);

-- migrate:down
DROP TABLE shop_points;
DROP TYPE shop_point;
