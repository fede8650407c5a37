-- A gate names for each workload how its pods of the revision are labelled, instead of one hash.
UPDATE target_run x SET gate = (x.gate - 'podHash') || jsonb_build_object('revisions', jsonb_build_object(
    'Deployment/' || w.name, jsonb_build_object('key', 'pod-template-hash', 'value', x.gate->'podHash')))
FROM (SELECT id, (SELECT v->>'name' FROM jsonb_array_elements(gate->'workloads') AS v WHERE v->>'kind' = 'Deployment' LIMIT 1) AS name
  FROM target_run WHERE gate ? 'podHash') AS w
WHERE w.id = x.id AND w.name IS NOT NULL;
