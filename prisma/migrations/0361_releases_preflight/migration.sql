-- The first wave is looked at whole before anything is written; what goes back or is small asks target by target.
ALTER TABLE release ADD COLUMN preflighted boolean NOT NULL DEFAULT true, ADD COLUMN preflight_until timestamptz(3);
CREATE INDEX release_preflight ON release (created_at) WHERE state = 'rolling' AND NOT preflighted;
ALTER TABLE target_run ADD COLUMN preflighted boolean NOT NULL DEFAULT false;
UPDATE target_run SET preflighted = true;
-- An object of this very uid is deleted and made anew: somebody typed its name.
ALTER TABLE run_step ADD COLUMN recreate text;

-- What a run waits for a person to decide about, before it writes.
CREATE TABLE run_question (
  run_id uuid NOT NULL,
  seq integer NOT NULL,
  about text NOT NULL,
  field text NOT NULL,
  manager text,
  live text,
  ours text,
  uid text,
  CONSTRAINT run_question_pkey PRIMARY KEY (run_id, seq, about, field),
  CONSTRAINT run_question_about_check CHECK (about IN ('field', 'adopt', 'recreate')),
  CONSTRAINT run_question_run_id_seq_fkey FOREIGN KEY (run_id, seq) REFERENCES run_step (run_id, seq) ON DELETE CASCADE ON UPDATE CASCADE
);

-- What somebody decided about a field of an object, until it is taken back: left to its manager, or ours. The empty field is the object as a whole.
CREATE TABLE field_rule (
  id uuid NOT NULL,
  target_id uuid NOT NULL,
  "group" text NOT NULL,
  kind text NOT NULL,
  namespace text NOT NULL,
  name text NOT NULL,
  field text NOT NULL,
  choice text NOT NULL,
  manager text,
  decided_by text NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT field_rule_pkey PRIMARY KEY (id),
  CONSTRAINT field_rule_choice_check CHECK (choice IN ('yield', 'take', 'adopt')),
  CONSTRAINT field_rule_target_id_fkey FOREIGN KEY (target_id) REFERENCES target (id) ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE UNIQUE INDEX field_rule_target_id_group_kind_namespace_name_field_key ON field_rule (target_id, "group", kind, namespace, name, field);
