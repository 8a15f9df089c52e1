-- migrate:up
ALTER TABLE bookings ADD CONSTRAINT bookings_no_overlap EXCLUDE USING gist (during WITH &&) WHERE (NOT cancelled);

-- migrate:down
ALTER TABLE bookings DROP CONSTRAINT bookings_no_overlap;
