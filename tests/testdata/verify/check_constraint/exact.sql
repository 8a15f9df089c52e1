-- migrate:up
ALTER TABLE offers DROP CONSTRAINT offers_period;

-- migrate:down
ALTER TABLE offers ADD CONSTRAINT offers_period CHECK (starts < ends);
COMMENT ON CONSTRAINT offers_period ON offers IS 'No offer ends before it starts';
