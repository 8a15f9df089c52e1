-- expect: not_reversed
-- expect: ~ column public.rooms.building: not null none → `true`
-- expect: ~ column public.rooms.number: not null none → `true`
-- migrate:up
ALTER TABLE rooms ADD PRIMARY KEY (building, number);

-- migrate:down
ALTER TABLE rooms DROP CONSTRAINT rooms_pkey;
