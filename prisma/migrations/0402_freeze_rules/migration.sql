-- Freezes hold by the clock on the wall of a zone, once or by a rule of RFC 5545.
UPDATE freeze_window SET recurrence = jsonb_build_object(
  'starts', to_char((recurrence->>'from')::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI'),
  'ends', to_char((recurrence->>'to')::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI'),
  'zone', 'UTC')
WHERE recurrence->>'kind' = 'once';
UPDATE freeze_window f SET recurrence = jsonb_build_object(
  'starts', to_char(f.created_at AT TIME ZONE (recurrence->>'zone'), 'YYYY-MM-DD"T"') || (recurrence->>'from'),
  'ends', to_char((f.created_at AT TIME ZONE (recurrence->>'zone'))
    + CASE WHEN recurrence->>'to' <= recurrence->>'from' THEN interval '1 day' ELSE interval '0' END, 'YYYY-MM-DD"T"') || (recurrence->>'to'),
  'zone', recurrence->>'zone',
  'rule', 'FREQ=WEEKLY;BYDAY=' || (SELECT string_agg((ARRAY['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'])[day::int], ',' ORDER BY day::int)
    FROM jsonb_array_elements_text(recurrence->'days') AS day))
WHERE recurrence->>'kind' = 'weekly';
