-- Who may see what inside a cluster, as the cluster itself says: its roles and bindings, reduced to what decides over rows.
-- Joined when somebody asks, so that no derived state can fall behind.
CREATE TABLE cluster_rbac (
  cluster_no integer NOT NULL,
  kind_no smallint NOT NULL,
  namespace text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  uid text NOT NULL,
  -- Of bindings: `u:` and a user, `g:` and a group; the kind and name of the role.
  subjects text[] CONSTRAINT cluster_rbac_subjects_check CHECK (subjects IS NOT NULL),
  role_kind_no smallint,
  role_name text COLLATE "C",
  -- Of roles: [{verbs, apiGroups, resources, resourceNames}].
  rules jsonb NOT NULL,
  CONSTRAINT cluster_rbac_pkey PRIMARY KEY (cluster_no, kind_no, namespace, name)
);
CREATE INDEX cluster_rbac_subjects_idx ON cluster_rbac USING gin (subjects) WITH (fastupdate = off);

INSERT INTO inventory_kind (kind_no, api_group, resource, kind, namespaced) VALUES
  (40, 'rbac.authorization.k8s.io', 'clusterroles', 'ClusterRole', false),
  (41, 'rbac.authorization.k8s.io', 'roles', 'Role', true),
  (42, 'rbac.authorization.k8s.io', 'clusterrolebindings', 'ClusterRoleBinding', false),
  (43, 'rbac.authorization.k8s.io', 'rolebindings', 'RoleBinding', true);

-- rbac_rev rises with every change of cluster_rbac. rbac_doubt: the cluster denied what its RBAC allows, so another
-- authorizer has a say there; {question, groups, at}.
ALTER TABLE inventory_head ADD COLUMN rbac_rev bigint NOT NULL DEFAULT 0, ADD COLUMN rbac_doubt jsonb;

-- Sets of namespaces too many to send with each statement, by the hash of what they hold; dropped a day after their use.
CREATE TABLE inventory_scope (
  scope_no serial NOT NULL,
  hash text NOT NULL,
  used_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT inventory_scope_pkey PRIMARY KEY (scope_no)
);
CREATE UNIQUE INDEX inventory_scope_hash_key ON inventory_scope (hash);
CREATE TABLE inventory_scope_namespace (
  scope_no integer NOT NULL,
  ns_no integer NOT NULL,
  CONSTRAINT inventory_scope_namespace_pkey PRIMARY KEY (scope_no, ns_no)
);
