-- migrate:up
CREATE TABLE metrics_raw (device int, at date) PARTITION BY RANGE (at);

-- migrate:down
DROP TABLE metrics_raw;
