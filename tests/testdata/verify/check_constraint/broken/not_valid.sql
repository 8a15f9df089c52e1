-- expect: not_reversed
-- expect: ~ constraint offers_period on public.offers: definition `CHECK ((starts < ends))` → `CHECK ((starts < ends)) NOT VALID`
-- migrate:up
ALTER TABLE offers DROP CONSTRAINT offers_period;

-- migrate:down
ALTER TABLE offers ADD CONSTRAINT offers_period CHECK (starts < ends) NOT VALID;
COMMENT ON CONSTRAINT offers_period ON offers IS 'No offer ends before it starts';
