-- migrate:up
ALTER TABLE payments VALIDATE CONSTRAINT payments_amount_positive;

-- migrate:down
ALTER TABLE payments DROP CONSTRAINT payments_amount_positive;
ALTER TABLE payments ADD CONSTRAINT payments_amount_positive CHECK (amount > 0) NOT VALID;
