-- Objects too large to be read: of the last full list, and of the changes since. They have no row, and that is said.
ALTER TABLE inventory_stream ADD COLUMN skipped integer NOT NULL DEFAULT 0;
