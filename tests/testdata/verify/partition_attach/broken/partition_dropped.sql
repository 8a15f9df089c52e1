-- expect: not_reversed
-- expect: - table public.visits_2026
-- migrate:up
ALTER TABLE visits ATTACH PARTITION visits_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');

-- migrate:down
DROP TABLE visits_2026;
