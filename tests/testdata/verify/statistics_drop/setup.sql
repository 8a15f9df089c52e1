-- migrate:up
CREATE TABLE cars (make text, model text);
CREATE STATISTICS make_and_model (ndistinct, mcv) ON make, model FROM cars;
ALTER STATISTICS make_and_model SET STATISTICS 500;

-- migrate:down
DROP TABLE cars;
