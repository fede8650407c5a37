-- What a release that is out everywhere left there of earlier ones, with each reason; what somebody typed the name for goes.
CREATE TABLE run_left (
  run_id uuid NOT NULL,
  "group" text NOT NULL,
  version text NOT NULL,
  kind text NOT NULL,
  namespace text NOT NULL,
  name text NOT NULL,
  why text[],
  detail text,
  confirmed boolean NOT NULL DEFAULT false,
  CONSTRAINT run_left_pkey PRIMARY KEY (run_id, "group", kind, namespace, name),
  CONSTRAINT run_left_run_id_fkey FOREIGN KEY (run_id) REFERENCES target_run (id) ON DELETE CASCADE ON UPDATE CASCADE
);
