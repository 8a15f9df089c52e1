-- expect: not_reversed
-- expect: ~ constraint children_parent_fkey on public.children: definition
-- migrate:up
ALTER TABLE children ALTER CONSTRAINT children_parent_fkey DEFERRABLE INITIALLY DEFERRED;

-- migrate:down
ALTER TABLE children ALTER CONSTRAINT children_parent_fkey DEFERRABLE INITIALLY IMMEDIATE;
