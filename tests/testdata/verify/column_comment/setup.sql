-- migrate:up
CREATE TABLE trips (km int);

-- migrate:down
DROP TABLE trips;
