-- Kinds beyond the built-in ones get numbers as clusters serve them.
CREATE SEQUENCE inventory_kind_no_seq AS smallint START 1000;
ALTER TABLE inventory_kind ADD COLUMN columns jsonb NOT NULL DEFAULT '[]';

-- Since when it is known what a cluster serves: a kind without a position is then one that it does not serve.
ALTER TABLE inventory_head ADD COLUMN discovered_at timestamptz(3);

-- How the rows of a watch were projected: a position of another projection is not gone on from.
ALTER TABLE inventory_stream ADD COLUMN projection text NOT NULL DEFAULT '1';

INSERT INTO inventory_kind (kind_no, api_group, resource, kind, namespaced) VALUES
  (8, 'apps', 'statefulsets', 'StatefulSet', true),
  (9, 'apps', 'daemonsets', 'DaemonSet', true),
  (10, 'batch', 'jobs', 'Job', true),
  (11, 'batch', 'cronjobs', 'CronJob', true),
  (12, 'discovery.k8s.io', 'endpointslices', 'EndpointSlice', true),
  (13, 'networking.k8s.io', 'ingresses', 'Ingress', true),
  (14, 'gateway.networking.k8s.io', 'gateways', 'Gateway', true),
  (15, 'gateway.networking.k8s.io', 'httproutes', 'HTTPRoute', true),
  (16, 'gateway.networking.k8s.io', 'grpcroutes', 'GRPCRoute', true),
  (17, 'gateway.networking.k8s.io', 'tlsroutes', 'TLSRoute', true),
  (18, 'gateway.networking.k8s.io', 'tcproutes', 'TCPRoute', true),
  (19, 'gateway.networking.k8s.io', 'udproutes', 'UDPRoute', true),
  (20, '', 'persistentvolumeclaims', 'PersistentVolumeClaim', true),
  (21, '', 'persistentvolumes', 'PersistentVolume', false),
  (22, 'storage.k8s.io', 'storageclasses', 'StorageClass', false),
  (23, 'autoscaling', 'horizontalpodautoscalers', 'HorizontalPodAutoscaler', true),
  (24, 'policy', 'poddisruptionbudgets', 'PodDisruptionBudget', true),
  (25, '', 'resourcequotas', 'ResourceQuota', true),
  (26, '', 'limitranges', 'LimitRange', true),
  (27, 'scheduling.k8s.io', 'priorityclasses', 'PriorityClass', false),
  (28, 'networking.k8s.io', 'networkpolicies', 'NetworkPolicy', true),
  (29, '', 'configmaps', 'ConfigMap', true),
  (30, '', 'secrets', 'Secret', true),
  (31, '', 'serviceaccounts', 'ServiceAccount', true);

CREATE TABLE inventory_object_job PARTITION OF inventory_object FOR VALUES IN (10) WITH (fillfactor = 80);
CREATE TABLE inventory_object_endpointslice PARTITION OF inventory_object FOR VALUES IN (12) WITH (fillfactor = 80);
CREATE TABLE inventory_object_configmap PARTITION OF inventory_object FOR VALUES IN (29) WITH (fillfactor = 80);
CREATE TABLE inventory_object_secret PARTITION OF inventory_object FOR VALUES IN (30) WITH (fillfactor = 80);
