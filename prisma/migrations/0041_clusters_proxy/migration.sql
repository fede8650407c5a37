ALTER TABLE clusters_cluster ADD COLUMN proxy_url text;
