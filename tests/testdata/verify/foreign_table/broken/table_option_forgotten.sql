-- expect: not_reversed
-- expect: ~ foreign table public.forecasts: foreign options - `table_name=FORECASTS`
-- migrate:up
DROP FOREIGN TABLE forecasts;

-- migrate:down
CREATE FOREIGN TABLE forecasts (day date OPTIONS (column_name 'DAY') NOT NULL, celsius float8) SERVER forecast_server;
