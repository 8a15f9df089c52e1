-- expect: not_reversed
-- expect: + constraint bookings_overlap on public.bookings
-- migrate:up
ALTER TABLE bookings ADD CONSTRAINT bookings_no_overlap EXCLUDE USING gist (during WITH &&) WHERE (NOT cancelled);

-- migrate:down
ALTER TABLE bookings RENAME CONSTRAINT bookings_no_overlap TO bookings_overlap;
