-- Whether the GitLab of a connection is asked about job tokens. Asking what is protected takes an access token.
ALTER TABLE pipelines_connection ADD COLUMN job_tokens boolean NOT NULL DEFAULT false;
ALTER TABLE pipelines_connection ADD CONSTRAINT pipelines_connection_job_tokens_check
  CHECK (NOT job_tokens OR (kind = 'gitlab' AND sealed_secret IS NOT NULL));
