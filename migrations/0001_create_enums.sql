-- The three short lists of allowed words in this schema. An enum stores only a word from its list, so a
-- typing mistake is an error instead of bad data, and a reader finds every possible value here.
-- The order counts: enums sort and compare in the order of their labels.

-- migrate:up
CREATE TYPE project_status AS ENUM ('active', 'completed', 'archived');
CREATE TYPE task_status AS ENUM ('pending', 'in_progress', 'completed', 'cancelled');
CREATE TYPE member_role AS ENUM ('owner', 'admin', 'member');

-- migrate:down
DROP TYPE member_role;
DROP TYPE task_status;
DROP TYPE project_status;
