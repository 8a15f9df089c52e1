-- migrate:up
CREATE TABLE passengers (id int, seat text, name text);
CREATE VIEW all_passengers AS SELECT * FROM passengers;

-- migrate:down
DROP VIEW all_passengers;
DROP TABLE passengers;
