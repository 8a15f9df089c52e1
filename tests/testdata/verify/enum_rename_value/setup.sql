-- migrate:up
CREATE TYPE colour AS ENUM ('black', 'grey', 'white');

-- migrate:down
DROP TYPE colour;
