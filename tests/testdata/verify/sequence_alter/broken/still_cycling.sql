-- expect: not_reversed
-- expect: ~ sequence public.order_numbers: cycle none → `true`
-- migrate:up
ALTER SEQUENCE order_numbers INCREMENT BY 10 MAXVALUE 99999 CACHE 5 CYCLE;

-- migrate:down
ALTER SEQUENCE order_numbers INCREMENT BY 1 NO MAXVALUE CACHE 1;
