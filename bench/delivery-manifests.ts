/** A small web service as the template `raw` takes it: nothing to resolve, so that registries play no part. */
export function webManifests(
  name: string,
  options: { image?: string; replicas?: number; annotations?: Record<string, string>; autoscaled?: boolean } = {},
): string {
  const { image = 'registry.example.com/bench/web:1', replicas = 1, annotations, autoscaled = false } = options;
  const labels = { app: name };
  const probe = { httpGet: { path: '/', port: 8080 } };
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      ...(autoscaled ? {} : { replicas }),
      selector: { matchLabels: labels },
      template: {
        metadata: { labels, ...(annotations === undefined ? {} : { annotations }) },
        spec: {
          containers: [
            {
              name: 'app',
              image,
              readinessProbe: probe,
              resources: { requests: { cpu: '10m', memory: '16Mi' }, limits: { memory: '32Mi' } },
            },
          ],
        },
      },
    },
  };
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { selector: labels, ports: [{ port: 80, targetPort: 8080 }] },
  };
  const scaler = {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
      minReplicas: 1,
      maxReplicas: 3,
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } },
      ],
    },
  };
  return together([deployment, service, ...(autoscaled ? [scaler] : [])]);
}

/** A ConfigMap and nothing that runs. */
export function configManifest(name: string): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { greeting: 'hello' } });
}

export function together(objects: readonly object[]): string {
  return objects.map((object) => JSON.stringify(object)).join('\n---\n');
}
