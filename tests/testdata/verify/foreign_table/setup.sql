-- migrate:up
CREATE FOREIGN DATA WRAPPER forecast_service;
CREATE SERVER forecast_server FOREIGN DATA WRAPPER forecast_service;
CREATE FOREIGN TABLE forecasts (day date OPTIONS (column_name 'DAY') NOT NULL, celsius float8)
    SERVER forecast_server OPTIONS (table_name 'FORECASTS');

-- migrate:down
DROP FOREIGN TABLE forecasts;
DROP SERVER forecast_server;
DROP FOREIGN DATA WRAPPER forecast_service;
