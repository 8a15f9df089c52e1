-- migrate:up
CREATE TABLE seats (row_number int, place int, PRIMARY KEY (row_number, place));

-- migrate:down
DROP TABLE seats;
