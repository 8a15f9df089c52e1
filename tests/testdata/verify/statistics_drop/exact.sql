-- migrate:up
DROP STATISTICS make_and_model;

-- migrate:down
CREATE STATISTICS make_and_model (ndistinct, mcv) ON make, model FROM cars;
ALTER STATISTICS make_and_model SET STATISTICS 500;
