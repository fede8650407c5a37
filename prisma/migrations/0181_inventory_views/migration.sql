-- Saved lists and cluster sets, of one account or of a project.
CREATE TABLE inventory_view (
  id uuid NOT NULL,
  owner_id uuid NOT NULL,
  project_id uuid,
  name text NOT NULL,
  type text NOT NULL,
  content jsonb NOT NULL,
  revision integer NOT NULL DEFAULT 1,
  created_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT inventory_view_pkey PRIMARY KEY (id),
  CONSTRAINT inventory_view_type_check CHECK (type IN ('list', 'cluster_set'))
);
CREATE UNIQUE INDEX inventory_view_owner_key ON inventory_view (owner_id, type, name) WHERE project_id IS NULL;
CREATE UNIQUE INDEX inventory_view_project_key ON inventory_view (project_id, type, name) WHERE project_id IS NOT NULL;
