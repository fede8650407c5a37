-- Raised by each change of tier and rules: whoever saves says which one they read.
ALTER TABLE access_environment ADD COLUMN revision integer NOT NULL DEFAULT 1;
