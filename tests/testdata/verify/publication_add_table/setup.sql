-- migrate:up
CREATE TABLE stock_items (id int PRIMARY KEY);
CREATE TABLE stock_moves (id int PRIMARY KEY);
CREATE PUBLICATION stock_feed FOR TABLE stock_items WITH (publish = 'insert');

-- migrate:down
DROP PUBLICATION stock_feed;
DROP TABLE stock_moves;
DROP TABLE stock_items;
