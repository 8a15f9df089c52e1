-- expect: not_reversed
-- expect: + table public.readings_2026
-- migrate:up
CREATE TABLE readings (sensor int, at date NOT NULL, value float8) PARTITION BY RANGE (at);
CREATE TABLE readings_2026 PARTITION OF readings FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE readings_other PARTITION OF readings DEFAULT;
CREATE INDEX readings_sensor_idx ON readings (sensor);

-- migrate:down
ALTER TABLE readings DETACH PARTITION readings_2026;
DROP TABLE readings;
