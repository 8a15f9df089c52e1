-- migrate:up
COMMENT ON COLUMN trips.km IS 'Kilometres';

-- migrate:down
COMMENT ON COLUMN trips.km IS NULL;
