-- migrate:up
CREATE FOREIGN DATA WRAPPER weather_service;
CREATE SERVER weather VERSION '1' FOREIGN DATA WRAPPER weather_service OPTIONS (host 'old.example.com');

-- migrate:down
DROP SERVER weather;
DROP FOREIGN DATA WRAPPER weather_service;
