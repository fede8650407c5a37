-- The newest release that was to bring what is owed, how many there were since somebody asked, and when somebody did.
ALTER TABLE debt ADD COLUMN catch_up_id uuid;
ALTER TABLE debt ADD COLUMN tries integer NOT NULL DEFAULT 0;
ALTER TABLE debt ADD COLUMN asked_at timestamptz(3);
ALTER TABLE debt ADD CONSTRAINT debt_catch_up_id_fkey FOREIGN KEY (catch_up_id) REFERENCES release (id) ON DELETE SET NULL ON UPDATE CASCADE;

-- What a target missed before it missed something newer: owed again when that did not work out anywhere.
ALTER TABLE debt DROP CONSTRAINT debt_state_check;
ALTER TABLE debt ADD CONSTRAINT debt_state_check CHECK (state IN ('open', 'covered', 'settled', 'dismissed'));
CREATE INDEX debt_standing ON debt (target_id) WHERE state IN ('open', 'covered');
