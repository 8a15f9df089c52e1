-- migrate:up
CREATE SEQUENCE lot_numbers;

-- migrate:down
DROP SEQUENCE lot_numbers;
