-- expect: not_reversed
-- expect: + policy notes_of_their_owner on public.notes
-- migrate:up
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
ALTER TABLE notes FORCE ROW LEVEL SECURITY;
CREATE POLICY notes_of_their_owner ON notes USING (owner = CURRENT_USER);

-- migrate:down
ALTER TABLE notes NO FORCE ROW LEVEL SECURITY;
ALTER TABLE notes DISABLE ROW LEVEL SECURITY;
