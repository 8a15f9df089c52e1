-- migrate:up
ALTER TYPE dimensions ADD ATTRIBUTE depth int;

-- migrate:down
ALTER TYPE dimensions DROP ATTRIBUTE depth;
