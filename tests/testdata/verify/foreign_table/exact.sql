-- migrate:up
DROP FOREIGN TABLE forecasts;

-- migrate:down
CREATE FOREIGN TABLE forecasts (day date OPTIONS (column_name 'DAY') NOT NULL, celsius float8)
    SERVER forecast_server OPTIONS (table_name 'FORECASTS');
