-- expect: not_reversed
-- expect: ~ enum public.colour: labels - `grey`, + `Grey`
-- migrate:up
ALTER TYPE colour RENAME VALUE 'grey' TO 'gray';

-- migrate:down
ALTER TYPE colour RENAME VALUE 'gray' TO 'Grey';
