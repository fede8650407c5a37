-- Every server that starts before the claim prints a code of its own, and each holds until its own end.
ALTER TABLE identity_setup_code DROP CONSTRAINT identity_setup_code_pkey, DROP COLUMN singleton,
  ADD CONSTRAINT identity_setup_code_pkey PRIMARY KEY (code_hash);
