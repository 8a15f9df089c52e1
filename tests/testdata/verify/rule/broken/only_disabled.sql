-- expect: not_reversed
-- expect: + rule protocol_stays on public.protocol
-- migrate:up
CREATE RULE protocol_stays AS ON DELETE TO protocol DO INSTEAD NOTHING;

-- migrate:down
ALTER TABLE protocol DISABLE RULE protocol_stays;
