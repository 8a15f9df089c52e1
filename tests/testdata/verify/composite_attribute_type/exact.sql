-- migrate:up
ALTER TYPE money_amount ALTER ATTRIBUTE cents TYPE numeric(12, 2);

-- migrate:down
ALTER TYPE money_amount ALTER ATTRIBUTE cents TYPE int;
