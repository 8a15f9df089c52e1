-- expect: not_reversed
-- expect: - table public.letters
-- migrate:up
CREATE SCHEMA attic;
ALTER TABLE letters SET SCHEMA attic;

-- migrate:down
DROP SCHEMA attic CASCADE;
