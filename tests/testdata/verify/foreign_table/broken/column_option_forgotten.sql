-- expect: not_reversed
-- expect: ~ column public.forecasts.day: foreign options - `column_name=DAY`
-- migrate:up
DROP FOREIGN TABLE forecasts;

-- migrate:down
CREATE FOREIGN TABLE forecasts (day date NOT NULL, celsius float8)
    SERVER forecast_server OPTIONS (table_name 'FORECASTS');
