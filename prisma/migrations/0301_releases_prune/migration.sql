-- What a release no longer has was taken away on this target, or was left on purpose: it is looked at once.
ALTER TABLE target_run ADD COLUMN pruned boolean NOT NULL DEFAULT false;
UPDATE target_run x SET pruned = true FROM release r WHERE r.id = x.release_id AND r.state NOT IN ('awaiting_approval', 'queued', 'rolling', 'paused');
