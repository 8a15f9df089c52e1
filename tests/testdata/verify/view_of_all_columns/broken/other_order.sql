-- expect: not_reversed
-- expect: ~ view public.all_passengers: definition
-- migrate:up
DROP VIEW all_passengers;
ALTER TABLE passengers DROP COLUMN seat;

-- migrate:down
DROP TABLE passengers;
CREATE TABLE passengers (id int, seat text, name text);
CREATE VIEW all_passengers AS SELECT seat, id, name FROM passengers;
