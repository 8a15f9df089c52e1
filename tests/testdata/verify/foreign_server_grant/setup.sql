-- migrate:up
CREATE FOREIGN DATA WRAPPER stock_exchange;
CREATE SERVER stocks FOREIGN DATA WRAPPER stock_exchange;

-- migrate:down
DROP SERVER stocks;
DROP FOREIGN DATA WRAPPER stock_exchange;
