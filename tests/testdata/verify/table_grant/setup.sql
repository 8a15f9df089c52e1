-- migrate:up
CREATE TABLE orders_feed (id int);
GRANT UPDATE ON orders_feed TO pg_read_all_data;

-- migrate:down
DROP TABLE orders_feed;
