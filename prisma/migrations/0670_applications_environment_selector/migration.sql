-- What narrows the targets of an application in an environment: {"labels": {…}} or {"clusters": [uuid, …]}; null: all that
-- the environment's rules give. Saved over the revision that was read, by whom and when.
ALTER TABLE app_environment ADD COLUMN selector jsonb;
ALTER TABLE app_environment ADD COLUMN selector_revision integer NOT NULL DEFAULT 0;
ALTER TABLE app_environment ADD COLUMN selector_changed_by text;
ALTER TABLE app_environment ADD COLUMN selector_changed_at timestamptz(3);
