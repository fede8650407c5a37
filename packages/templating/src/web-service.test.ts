// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates are written in plain strings
import { describe, expect, it } from 'vitest';
import { builtinBundles } from './builtin.ts';
import { contextOf } from './bundle.fixture.ts';
import { loadBundle } from './bundle.ts';
import { fillParameters } from './parameters.ts';
import { type RenderedObject, renderBundle } from './render.ts';

const bundle = (await builtinBundles()).map(loadBundle).find(({ name }) => name === 'web-service');

function render(given: Record<string, unknown> = {}): Record<string, RenderedObject> {
  if (bundle === undefined) throw new Error('web-service is built in');
  const { value, errors } = fillParameters(bundle, given);
  expect(errors).toEqual([]);
  return Object.fromEntries(renderBundle(bundle, contextOf(value)).map((object) => [object.kind, object]));
}

type Pod = { metadata: { labels: Record<string, string> }; spec: { containers: Record<string, unknown>[] } };
type Deployment = { replicas?: number; selector: { matchLabels: Record<string, string> }; template: Pod };
const deployment = (given?: Record<string, unknown>) => render(given).Deployment?.spec as Deployment;
const container = (given?: Record<string, unknown>) => deployment(given).template.spec.containers[0];

describe('web-service', () => {
  it('needs an image and nothing else', () => {
    expect(bundle?.images).toEqual({ main: { required: true, title: 'Image' } });
    expect(Object.keys(render())).toEqual(['Service', 'Deployment', 'PodDisruptionBudget']);
    expect(container()).toMatchObject({
      image: 'registry.example/shop/web:1.4.2',
      ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
      resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '128Mi' } },
      readinessProbe: { tcpSocket: { port: 'http' }, periodSeconds: 5 },
    });
  });

  it('selects what it makes, and a pod label of the user cannot break that', () => {
    const { selector, template } = deployment({ labels: { 'app.kubernetes.io/name': 'other', line: 'a' } });
    expect(template.metadata.labels).toMatchObject(selector.matchLabels);
    expect(template.metadata.labels).toMatchObject({ line: 'a', 'quarterdeck.dev/application': 'web' });
    expect(render().Service?.spec).toMatchObject({ selector: selector.matchLabels });
  });

  it('gives environment variables in key order, values as they are', () => {
    const { env } = container({ env: { B: '${x}', A: '{{y}}' } }) as { env: { name: string; value: string }[] };
    expect(env.slice(-2)).toEqual([
      { name: 'A', value: '{{y}}' },
      { name: 'B', value: '${x}' },
    ]);
  });

  it('S49 hands hostile values to the cluster as they are, and starts no shell around them', () => {
    const hostile = [
      '${params.image}',
      '{{ .Values.x }}',
      '; rm -rf /',
      '`id`',
      "'; DROP TABLE x; --",
      '"\n---\nkind: Pod',
    ];
    const given = { env: Object.fromEntries(hostile.map((text, index) => [`V${index}`, text])) };
    expect(Object.keys(render(given))).toEqual(Object.keys(render()));
    const { env, ...made } = container(given) as { env: { value?: string }[] };
    expect(env.map(({ value }) => value).slice(-hostile.length)).toEqual(hostile);
    expect(made).not.toHaveProperty('command');
    expect(made).not.toHaveProperty('args');
  });

  it('leaves the replicas to the autoscaler when there is one', () => {
    const scaled = render({ autoscaling: { enabled: true, min: 3, max: 9 } });
    expect(scaled.HorizontalPodAutoscaler?.spec).toMatchObject({ minReplicas: 3, maxReplicas: 9 });
    expect(scaled.Deployment?.spec).not.toHaveProperty('replicas');
    expect(deployment({ replicas: 4 }).replicas).toBe(4);
  });

  it('a single pod has no disruption budget: it could never be drained', () => {
    expect(render({ replicas: 1 })).not.toHaveProperty('PodDisruptionBudget');
  });

  it('opens an ingress when a host is named, and probes a path when one is', () => {
    expect(render({ ingress: { host: 'shop.example' } }).Ingress?.spec).toMatchObject({
      rules: [{ host: 'shop.example', http: { paths: [{ path: '/', pathType: 'Prefix' }] } }],
    });
    const probed = container({ probe: { path: '/ready', livePath: '/live' } });
    expect(probed).toMatchObject({
      readinessProbe: { httpGet: { path: '/ready', port: 'http' } },
      livenessProbe: { httpGet: { path: '/live', port: 'http' } },
    });
    expect(probed?.readinessProbe).not.toHaveProperty('tcpSocket');
  });

  it('reads a Secret as environment only when one is named', () => {
    expect(container()).not.toHaveProperty('envFrom');
    expect(container({ secret: 'web-env' })).toMatchObject({ envFrom: [{ secretRef: { name: 'web-env' } }] });
  });

  it('scales by requests too, or leaves scaling to a policy of the portal', () => {
    const byRequests = render({ autoscaling: { enabled: true, qps: 50, cpuPercent: 0 } });
    expect(byRequests.HorizontalPodAutoscaler?.spec).toMatchObject({
      metrics: [{ type: 'Pods', pods: { target: { type: 'AverageValue', averageValue: '50' } } }],
    });
    const byPolicy = render({ autoscaling: { enabled: true, managedBy: 'policy' } });
    expect(byPolicy).not.toHaveProperty('HorizontalPodAutoscaler');
    expect(byPolicy.Deployment?.metadata.labels).toMatchObject({ 'quarterdeck.dev/scaling': 'policy' });
    expect(byPolicy.Deployment?.spec).not.toHaveProperty('replicas');
  });

  it.each([{ port: 0 }, { replicas: 501 }, { env: { 'A-B': 'x' } }, { resources: { cpu: 'much' } }, { unknown: 1 }])(
    'refuses %j',
    (given) => {
      if (bundle === undefined) throw new Error('web-service is built in');
      expect(fillParameters(bundle, given).errors).not.toEqual([]);
    },
  );
});
