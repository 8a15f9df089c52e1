-- expect: not_reversed
-- expect: ~ table public.notes: row security none → `enabled`
-- expect: ~ table public.notes: row security for the owner none → `true`
-- migrate:up
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
ALTER TABLE notes FORCE ROW LEVEL SECURITY;
CREATE POLICY notes_of_their_owner ON notes USING (owner = CURRENT_USER);

-- migrate:down
DROP POLICY notes_of_their_owner ON notes;
