-- expect: not_reversed
-- expect: ~ sequence public.order_numbers: maximum `9223372036854775807` → `99999`
-- migrate:up
ALTER SEQUENCE order_numbers INCREMENT BY 10 MAXVALUE 99999 CACHE 5 CYCLE;

-- migrate:down
ALTER SEQUENCE order_numbers INCREMENT BY 1 CACHE 1 NO CYCLE;
