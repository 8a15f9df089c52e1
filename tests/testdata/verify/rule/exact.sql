-- migrate:up
CREATE RULE protocol_stays AS ON DELETE TO protocol DO INSTEAD NOTHING;

-- migrate:down
DROP RULE protocol_stays ON protocol;
