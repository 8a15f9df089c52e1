-- expect: not_reversed
-- expect: ~ constraint offers_period on public.offers: definition
-- migrate:up
ALTER TABLE offers DROP CONSTRAINT offers_period;

-- migrate:down
ALTER TABLE offers ADD CONSTRAINT offers_period CHECK (starts < ends) NO INHERIT;
COMMENT ON CONSTRAINT offers_period ON offers IS 'No offer ends before it starts';
