-- migrate:up
ALTER SEQUENCE badge_numbers OWNED BY badges.number;

-- migrate:down
ALTER SEQUENCE badge_numbers OWNED BY NONE;
