-- What happens to a tag whose registry does not answer: deployed as typed, or waited for.
ALTER TABLE environment_delivery ADD COLUMN pin text NOT NULL DEFAULT 'preferred',
  ADD CONSTRAINT environment_delivery_pin_check CHECK (pin IN ('preferred', 'required'));
-- A release that waits for its registry is looked at again as well.
DROP INDEX release_due;
CREATE INDEX release_due ON release (due_at) WHERE state IN ('planning', 'awaiting_approval', 'queued', 'rolling', 'paused');
