-- migrate:up
CREATE TABLE bookings (during tsrange, cancelled boolean);

-- migrate:down
DROP TABLE bookings;
