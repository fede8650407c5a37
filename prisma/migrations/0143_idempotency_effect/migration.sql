-- Set in the transaction of the change itself: a retry whose first answer was lost must not change anything again.
ALTER TABLE platform_idempotency_key ADD COLUMN effect_at timestamptz(3);
