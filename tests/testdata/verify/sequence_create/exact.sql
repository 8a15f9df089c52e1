-- migrate:up
CREATE SEQUENCE invoice_numbers START 1000;

-- migrate:down
DROP SEQUENCE invoice_numbers;
