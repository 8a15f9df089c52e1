-- migrate:up
CREATE TYPE money_amount AS (cents int, currency char(3));

-- migrate:down
DROP TYPE money_amount;
