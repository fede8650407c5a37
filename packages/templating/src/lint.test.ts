import { describe, expect, it } from 'vitest';
import { loadBundle } from './bundle.ts';
import { lintBundle } from './lint.ts';
import { renderedImages } from './lint-rules.ts';
import type { RenderedObject } from './render.ts';

const good = {
  selector: { matchLabels: { a: 'x' } },
  replicas: 2,
  template: {
    metadata: { labels: { a: 'x' } },
    spec: {
      topologySpreadConstraints: [],
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name: 'app',
          image: '${images.main}',
          resources: { requests: { cpu: '1', memory: '1Gi' }, limits: { memory: '1Gi' } },
          readinessProbe: { httpGet: { path: '/ready' }, periodSeconds: 5 } as object | undefined,
          livenessProbe: { httpGet: { path: '/live' } },
        },
      ],
    },
  },
};
type Spec = typeof good;
const budget = { selector: { matchLabels: { a: 'x' } }, maxUnavailable: 1 as number };

function lint(
  change: (spec: Spec) => void,
  options: { budget?: object | undefined; scaler?: object; head?: string } = {},
) {
  const spec = structuredClone(good);
  change(spec);
  const manifest = (kind: string, content: object) =>
    JSON.stringify({ apiVersion: 'v1', kind, metadata: { name: 'x' }, spec: content });
  const disruption = 'budget' in options ? options.budget : budget;
  return lintBundle(
    loadBundle({
      'template.yaml': `name: sample\nversion: 1.0.0\nimages: { main: { required: true } }\n${options.head ?? ''}`,
      'schema.json': '{"type":"object","additionalProperties":false}',
      'manifests/a.yaml': manifest('Deployment', spec),
      ...(disruption === undefined ? {} : { 'manifests/b.yaml': manifest('PodDisruptionBudget', disruption) }),
      ...(options.scaler === undefined
        ? {}
        : { 'manifests/c.yaml': manifest('HorizontalPodAutoscaler', options.scaler) }),
    }),
  );
}

const container = (spec: Spec) => spec.template.spec.containers[0] as Record<string, unknown>;

describe('lint', () => {
  it('has nothing to say of a good template', () => {
    expect(lint(() => {})).toEqual([]);
  });

  it.each<[string, (spec: Spec) => void]>([
    ['requests', (spec) => Object.assign(container(spec), { resources: { limits: { memory: '1Gi' } } })],
    ['memory-limit', (spec) => Object.assign(container(spec), { resources: { requests: { cpu: '1', memory: '1' } } })],
    ['readiness', (spec) => delete container(spec).readinessProbe],
    ['liveness', (spec) => Object.assign(container(spec), { livenessProbe: { httpGet: { path: '/ready' } } })],
    ['spread', (spec) => delete (spec.template.spec as Partial<Spec['template']['spec']>).topologySpreadConstraints],
    ['non-root', (spec) => Object.assign(spec.template.spec.securityContext, { runAsNonRoot: false })],
    ['seccomp', (spec) => Object.assign(spec.template.spec.securityContext, { seccompProfile: {} })],
    ['image-tag', (spec) => Object.assign(container(spec), { image: 'registry.example.com/a:1' })],
  ])('finds what breaks %s, and names the object', (rule, change) => {
    expect(lint(change)).toMatchObject([{ rule, object: 'Deployment x', seenIn: 'defaults' }]);
  });

  it('finds several pods without a budget, and a budget that lets none go', () => {
    expect(lint(() => {}, { budget: undefined })).toMatchObject([{ rule: 'disruption-budget' }]);
    expect(lint(() => {}, { budget: { ...budget, maxUnavailable: 0 } })).toMatchObject([{ rule: 'disruption-budget' }]);
  });

  it('finds replicas beside an autoscaler', () => {
    const scaler = { scaleTargetRef: { name: 'x' }, minReplicas: 2 };
    expect(lint(() => {}, { scaler })).toMatchObject([{ rule: 'replicas' }]);
  });

  it('lets pass what the writer gives a reason for, and knows no other rules', () => {
    const head = 'lint: { allow: { spread: There is one node anyway., speed: It shall be fast. } }';
    const found = lint(
      (spec) => delete (spec.template.spec as Partial<Spec['template']['spec']>).topologySpreadConstraints,
      { head },
    );
    expect(found).toMatchObject([
      { rule: 'spread', allowed: 'There is one node anyway.' },
      { rule: 'unknown-rule', detail: expect.stringContaining('speed') },
    ]);
  });
});

describe('the images of objects', () => {
  it('are those of every container of every pod, whatever makes it', () => {
    const pod = { initContainers: [{ image: 'i' }], containers: [{ image: 'a' }, { image: 'a' }] };
    const objects = [
      { kind: 'Deployment', spec: { template: { spec: pod } } },
      { kind: 'CronJob', spec: { jobTemplate: { spec: { template: { spec: { containers: [{ image: 'c' }] } } } } } },
      { kind: 'Pod', spec: { containers: [{ image: 'p' }] } },
      { kind: 'Service', spec: {} },
    ].map((object) => ({ apiVersion: 'v1', metadata: { name: 'x' }, ...object })) as RenderedObject[];
    expect(renderedImages(objects)).toEqual(['a', 'i', 'c', 'p']);
  });
});
