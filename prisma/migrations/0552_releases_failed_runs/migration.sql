-- Which applications have a target that failed, for lists that show those first.
CREATE INDEX target_run_failed ON target_run (target_id) WHERE state = 'failed';
