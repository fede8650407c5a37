-- For whom a release runs, when somebody resumed it: their rights are asked at every step instead of its starter's.
ALTER TABLE release ADD COLUMN acting_id text, ADD COLUMN paused_reason text;
