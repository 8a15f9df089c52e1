-- expect: not_reversed
-- expect: ~ table public.shipments: replica identity none → `full`
-- migrate:up
ALTER TABLE shipments REPLICA IDENTITY USING INDEX shipments_code_key;

-- migrate:down
ALTER TABLE shipments REPLICA IDENTITY FULL;
