-- expect: not_reversed
-- expect: ~ sequence public.votes_id_seq: owned by `public.votes.id` → none
-- migrate:up
ALTER TABLE votes ALTER COLUMN id DROP DEFAULT;
DROP SEQUENCE votes_id_seq;
ALTER TABLE votes ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY;

-- migrate:down
ALTER TABLE votes ALTER COLUMN id DROP IDENTITY;
CREATE SEQUENCE votes_id_seq AS int;
ALTER TABLE votes ALTER COLUMN id SET DEFAULT nextval('votes_id_seq');
