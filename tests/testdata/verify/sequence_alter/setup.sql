-- migrate:up
CREATE SEQUENCE order_numbers;

-- migrate:down
DROP SEQUENCE order_numbers;
