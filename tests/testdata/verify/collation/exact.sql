-- migrate:up
CREATE COLLATION plain_order (locale = 'C');
CREATE TABLE codes (code text COLLATE plain_order);

-- migrate:down
DROP TABLE codes;
DROP COLLATION plain_order;
