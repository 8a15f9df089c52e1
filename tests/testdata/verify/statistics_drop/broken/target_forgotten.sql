-- expect: not_reversed
-- expect: ~ statistics public.make_and_model on public.cars: target `500` → none
-- migrate:up
DROP STATISTICS make_and_model;

-- migrate:down
CREATE STATISTICS make_and_model (ndistinct, mcv) ON make, model FROM cars;
