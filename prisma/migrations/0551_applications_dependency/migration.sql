-- What an application needs of others to work. Whatever others need is not deleted from under them.
CREATE TABLE applications_dependency (
  application_id uuid NOT NULL,
  needs_id uuid NOT NULL,
  created_by text NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT applications_dependency_pkey PRIMARY KEY (application_id, needs_id),
  CONSTRAINT applications_dependency_application_id_fkey FOREIGN KEY (application_id) REFERENCES applications_application (id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT applications_dependency_needs_id_fkey FOREIGN KEY (needs_id) REFERENCES applications_application (id) ON DELETE RESTRICT ON UPDATE CASCADE,
  CONSTRAINT applications_dependency_itself_check CHECK (application_id <> needs_id)
);
CREATE INDEX applications_dependency_needs_id_idx ON applications_dependency (needs_id);
