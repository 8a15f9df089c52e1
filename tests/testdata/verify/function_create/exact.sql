-- migrate:up
CREATE FUNCTION net_price(gross numeric, tax numeric DEFAULT 0.19) RETURNS numeric
    LANGUAGE sql IMMUTABLE AS 'SELECT gross / (1 + tax)';

-- migrate:down
DROP FUNCTION net_price(numeric, numeric);
