-- migrate:up
CREATE TABLE payments (amount int);
ALTER TABLE payments ADD CONSTRAINT payments_amount_positive CHECK (amount > 0) NOT VALID;

-- migrate:down
DROP TABLE payments;
