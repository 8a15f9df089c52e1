-- expect: not_reversed
-- expect: ~ schema metrics: comment none → `Old`
-- migrate:up
COMMENT ON SCHEMA metrics IS 'What is measured';

-- migrate:down
COMMENT ON SCHEMA metrics IS 'Old';
