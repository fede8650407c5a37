-- What holds for every release of an environment; without it, what its tier says.
ALTER TABLE environment_delivery ADD COLUMN policy jsonb;
ALTER TABLE environment_delivery ALTER COLUMN strategies SET DEFAULT '[]';
