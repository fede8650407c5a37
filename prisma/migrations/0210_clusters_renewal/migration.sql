-- Tokens of our own ServiceAccount that are replaced at half of their life. Whoever moves next_renewal_at forward does it.
ALTER TABLE clusters_credential
  ADD COLUMN renewing boolean NOT NULL DEFAULT false,
  ADD COLUMN next_renewal_at timestamptz(3),
  ADD COLUMN renewal_error text;
