-- expect: not_reversed
-- expect: ~ column public.money_amount.cents: type `integer` → `bigint`
-- migrate:up
ALTER TYPE money_amount ALTER ATTRIBUTE cents TYPE numeric(12, 2);

-- migrate:down
ALTER TYPE money_amount ALTER ATTRIBUTE cents TYPE bigint;
