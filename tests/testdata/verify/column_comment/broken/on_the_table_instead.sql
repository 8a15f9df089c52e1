-- expect: not_reversed
-- expect: ~ column public.trips.km: comment none → `Kilometres`
-- migrate:up
COMMENT ON COLUMN trips.km IS 'Kilometres';

-- migrate:down
COMMENT ON TABLE trips IS NULL;
