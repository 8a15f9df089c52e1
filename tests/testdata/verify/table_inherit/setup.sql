-- migrate:up
CREATE TABLE vehicles (wheels int);
CREATE TABLE lorries (wheels int, load int);

-- migrate:down
DROP TABLE lorries;
DROP TABLE vehicles;
