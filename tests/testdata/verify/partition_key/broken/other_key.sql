-- expect: not_reversed
-- expect: ~ table public.metrics_raw: partition by `RANGE (at)` → `RANGE (device)`
-- migrate:up
DROP TABLE metrics_raw;
CREATE TABLE metrics_raw (device int, at date) PARTITION BY HASH (device);

-- migrate:down
DROP TABLE metrics_raw;
CREATE TABLE metrics_raw (device int, at date) PARTITION BY RANGE (device);
