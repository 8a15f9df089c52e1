-- expect: not_reversed
-- expect: + domain public.percentage
-- migrate:up
CREATE DOMAIN percentage AS numeric(5, 2) DEFAULT 0 CONSTRAINT percentage_range CHECK (VALUE BETWEEN 0 AND 100);
CREATE TABLE discounts (rate percentage);

-- migrate:down
DROP TABLE discounts;
