-- Environments of a project in the order in which a change goes through them.
ALTER TABLE access_environment ADD COLUMN position integer NOT NULL DEFAULT 0;
UPDATE access_environment e SET position = o.position FROM (
  SELECT id, row_number() OVER (PARTITION BY project_id
    ORDER BY array_position(ARRAY['development', 'test', 'staging', 'production'], tier), created_at, name) - 1 AS position
  FROM access_environment) AS o WHERE o.id = e.id;
