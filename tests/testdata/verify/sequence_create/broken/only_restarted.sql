-- expect: not_reversed
-- expect: + sequence public.invoice_numbers
-- migrate:up
CREATE SEQUENCE invoice_numbers START 1000;

-- migrate:down
ALTER SEQUENCE invoice_numbers RESTART;
