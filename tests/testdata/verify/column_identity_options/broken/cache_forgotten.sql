-- expect: not_reversed
-- expect: ~ sequence public.receipts_id_seq: cache `1` → `20`
-- migrate:up
ALTER TABLE receipts ALTER COLUMN id SET INCREMENT BY 10 SET CACHE 20;

-- migrate:down
ALTER TABLE receipts ALTER COLUMN id SET INCREMENT BY 1;
