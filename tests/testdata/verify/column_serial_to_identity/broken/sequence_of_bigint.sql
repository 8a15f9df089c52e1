-- expect: not_reversed
-- expect: ~ sequence public.votes_id_seq: maximum `2147483647` → `9223372036854775807`
-- expect: ~ sequence public.votes_id_seq: type `integer` → `bigint`
-- migrate:up
ALTER TABLE votes ALTER COLUMN id DROP DEFAULT;
DROP SEQUENCE votes_id_seq;
ALTER TABLE votes ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY;

-- migrate:down
ALTER TABLE votes ALTER COLUMN id DROP IDENTITY;
CREATE SEQUENCE votes_id_seq OWNED BY votes.id;
ALTER TABLE votes ALTER COLUMN id SET DEFAULT nextval('votes_id_seq');
