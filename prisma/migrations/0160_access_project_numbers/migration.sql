/* A project's groups in a cluster are numbered, since RBAC has no prefixes. The number is taken for each cluster by
   itself, when the project first gets a namespace there: one that no row and no binding in that cluster names. A project
   that has left keeps its row until its number is the last one left. */
CREATE TABLE access_project_number (
  cluster_id uuid NOT NULL,
  number integer NOT NULL,
  project_id uuid NOT NULL,
  taken_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT access_project_number_pkey PRIMARY KEY (cluster_id, number),
  CONSTRAINT access_project_number_cluster_id_fkey FOREIGN KEY (cluster_id) REFERENCES access_clusters (id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT access_project_number_project_id_fkey FOREIGN KEY (project_id) REFERENCES access_project (id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT access_project_number_number_check CHECK (number > 0)
);
CREATE UNIQUE INDEX access_project_number_cluster_id_project_id_key ON access_project_number (cluster_id, project_id);
CREATE INDEX access_project_number_project_id_idx ON access_project_number (project_id);

-- What was made so far was made under the numbers that held for all clusters.
INSERT INTO access_project_number (cluster_id, number, project_id)
SELECT DISTINCT n.cluster_id, p.number, p.id FROM access_namespaces n JOIN access_project p ON p.id = n.project_id
  JOIN access_clusters c ON c.id = n.cluster_id;
ALTER TABLE access_project DROP COLUMN number;

SELECT access_watch('access_project_number', 'places');
