-- expect: not_reversed
-- expect: ~ constraint seats_pkey on public.seats: definition `PRIMARY KEY (row_number, place)` → `PRIMARY KEY (place, row_number)`
-- migrate:up
ALTER TABLE seats DROP CONSTRAINT seats_pkey;
ALTER TABLE seats ADD PRIMARY KEY (place);

-- migrate:down
ALTER TABLE seats DROP CONSTRAINT seats_pkey;
ALTER TABLE seats ADD PRIMARY KEY (place, row_number);
