-- Raised by each change: whoever saves says which one they read, and hears who changed it meanwhile.
ALTER TABLE environment_delivery ADD COLUMN revision integer NOT NULL DEFAULT 1;
ALTER TABLE environment_delivery ADD COLUMN changed_by text;
ALTER TABLE freeze_window ADD COLUMN revision integer NOT NULL DEFAULT 1;
ALTER TABLE freeze_window ADD COLUMN changed_by text;
ALTER TABLE freeze_window ADD COLUMN changed_at timestamptz(3);
