-- The newest events of one namespace: a timeline looks among them for what happened to pods that are gone.
CREATE INDEX inventory_event_ns_no_last_at_idx ON inventory_event (ns_no, last_at);
