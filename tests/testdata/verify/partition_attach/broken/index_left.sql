-- expect: not_reversed
-- expect: + index visits_2026_page_idx on public.visits_2026
-- migrate:up
ALTER TABLE visits ATTACH PARTITION visits_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');

-- migrate:down
ALTER TABLE visits DETACH PARTITION visits_2026;
