-- expect: not_reversed
-- expect: ~ constraint offers_period on public.offers: comment `No offer ends before it starts` → none
-- migrate:up
ALTER TABLE offers DROP CONSTRAINT offers_period;

-- migrate:down
ALTER TABLE offers ADD CONSTRAINT offers_period CHECK (starts < ends);
