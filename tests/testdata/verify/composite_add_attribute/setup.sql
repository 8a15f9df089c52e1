-- migrate:up
CREATE TYPE dimensions AS (width int, height int);

-- migrate:down
DROP TYPE dimensions;
