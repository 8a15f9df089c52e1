-- expect: not_reversed
-- expect: ~ sequence public.badge_numbers: owned by none → `public.badges.colour`
-- migrate:up
ALTER SEQUENCE badge_numbers OWNED BY badges.number;

-- migrate:down
ALTER SEQUENCE badge_numbers OWNED BY badges.colour;
