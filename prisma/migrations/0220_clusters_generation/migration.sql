-- Credentials that follow each other by renewal are of one generation: what is open by an older one of it goes on.
ALTER TABLE clusters_credential ADD COLUMN generation integer NOT NULL DEFAULT 1;
