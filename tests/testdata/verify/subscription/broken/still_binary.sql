-- expect: not_reversed
-- expect: ~ subscription head_office: binary none → `true`
-- migrate:up
ALTER SUBSCRIPTION head_office SET (slot_name = 'branch_slot', binary = true);

-- migrate:down
ALTER SUBSCRIPTION head_office SET (slot_name = NONE);
