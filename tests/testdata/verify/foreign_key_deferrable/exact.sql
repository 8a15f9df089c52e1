-- migrate:up
ALTER TABLE children ALTER CONSTRAINT children_parent_fkey DEFERRABLE INITIALLY DEFERRED;

-- migrate:down
ALTER TABLE children ALTER CONSTRAINT children_parent_fkey NOT DEFERRABLE;
