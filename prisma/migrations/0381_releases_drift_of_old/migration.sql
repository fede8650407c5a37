-- What was put out before drift was looked for.
INSERT INTO drift_target (target_id) SELECT DISTINCT target_id FROM target_object WHERE state = 'live' ON CONFLICT DO NOTHING;
