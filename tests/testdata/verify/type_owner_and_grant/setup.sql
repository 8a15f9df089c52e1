-- migrate:up
CREATE TYPE ticket_state AS ENUM ('open', 'closed');

-- migrate:down
DROP TYPE ticket_state;
