-- migrate:up
ALTER TYPE colour RENAME VALUE 'grey' TO 'gray';

-- migrate:down
ALTER TYPE colour RENAME VALUE 'gray' TO 'grey';
