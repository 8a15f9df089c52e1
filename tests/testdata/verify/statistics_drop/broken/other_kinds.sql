-- expect: not_reversed
-- expect: ~ statistics public.make_and_model on public.cars: definition
-- migrate:up
DROP STATISTICS make_and_model;

-- migrate:down
CREATE STATISTICS make_and_model ON make, model FROM cars;
ALTER STATISTICS make_and_model SET STATISTICS 500;
