-- migrate:up
CREATE TABLE offers (starts date, ends date, CONSTRAINT offers_period CHECK (starts < ends));
COMMENT ON CONSTRAINT offers_period ON offers IS 'No offer ends before it starts';

-- migrate:down
DROP TABLE offers;
