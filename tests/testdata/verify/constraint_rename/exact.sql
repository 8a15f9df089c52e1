-- migrate:up
ALTER TABLE loans RENAME CONSTRAINT loans_check TO loans_sum_positive;
ALTER TABLE loans RENAME CONSTRAINT loans_pkey TO loans_key;

-- migrate:down
ALTER TABLE loans RENAME CONSTRAINT loans_key TO loans_pkey;
ALTER TABLE loans RENAME CONSTRAINT loans_sum_positive TO loans_check;
