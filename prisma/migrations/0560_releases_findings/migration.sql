-- What the look before the first write found that does not stand in the way.
ALTER TABLE target_run ADD COLUMN findings jsonb;
