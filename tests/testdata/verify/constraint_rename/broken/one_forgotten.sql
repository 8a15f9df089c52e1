-- expect: not_reversed
-- expect: - constraint loans_pkey on public.loans
-- expect: + constraint loans_key on public.loans
-- migrate:up
ALTER TABLE loans RENAME CONSTRAINT loans_check TO loans_sum_positive;
ALTER TABLE loans RENAME CONSTRAINT loans_pkey TO loans_key;

-- migrate:down
ALTER TABLE loans RENAME CONSTRAINT loans_sum_positive TO loans_check;
