-- migrate:up
COMMENT ON SCHEMA metrics IS 'What is measured';

-- migrate:down
COMMENT ON SCHEMA metrics IS NULL;
