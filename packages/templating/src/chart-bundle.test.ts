// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates are written in plain strings
import { describe, expect, it } from 'vitest';
import { loadBundle } from './bundle.ts';
import { bundleOfChart } from './chart-bundle.ts';
import { readChart } from './read-chart.ts';
import { renderBundle } from './render.ts';
import { sampleContext } from './sample.ts';

const chart = { name: 'redis', version: '18.1.0', appVersion: '7.2', description: 'A store of keys' };
const head = { name: 'redis', version: '1.0.0', chart, sha256: 'f'.repeat(64) };
const from = (source: string, text: string) => `---\n# Source: redis/templates/${source}\n${text}\n`;

const deployment = from(
  'deployment.yaml',
  `apiVersion: apps/v1
kind: Deployment
metadata:
  name: quarterdeck-app-name-redis
  namespace: quarterdeck-namespace
  annotations:
spec:
  template:
    spec:
      initContainers: [{ name: prepare, image: 'docker.io/library/busybox:1.37' }]
      containers:
        - name: redis
          image: docker.io/library/redis:7.2
          args: ["--dir", "\${HOME}/data", "$\${twice}", "a $ alone"]
          env: [{ name: PEER, value: quarterdeck-app-name-redis.quarterdeck-namespace.svc }]`,
);
const mode = from(
  'settings.yaml',
  'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings }\ndata: { "$key": "yes", "${k}": "0644", on: "off" }\nmode: 0644',
);

function rendered(output: string): Record<string, unknown>[] {
  const bundle = loadBundle(bundleOfChart(head, readChart(output, [])).files);
  return renderBundle(bundle, sampleContext(bundle, {}));
}

describe('a chart', () => {
  it('becomes a template that gives its objects again, for any application and namespace', () => {
    const [made, settings] = rendered(deployment + mode);
    expect(made?.metadata).toMatchObject({ name: 'sample-redis', namespace: 'demo-staging' });
    expect(made?.metadata).not.toHaveProperty('annotations');
    const pod = (made as never as { spec: { template: { spec: Record<string, unknown> } } }).spec.template.spec;
    expect(pod.containers).toEqual([
      {
        name: 'redis',
        image: `registry.example.com/team/redis@sha256:${'0'.repeat(64)}`,
        args: ['--dir', '${HOME}/data', '$${twice}', 'a $ alone'],
        env: [{ name: 'PEER', value: 'sample-redis.demo-staging.svc' }],
      },
    ]);
    // As kubectl reads it: octal is a number, a quoted word a word.
    expect(settings).toMatchObject({ mode: 420, data: { $key: 'yes', '${k}': '0644', true: 'off' } });
  });

  it('has a slot for each image, named like it; a single one is the main one', () => {
    const both = bundleOfChart(head, readChart(deployment, []));
    expect(both.images).toEqual([
      { slot: 'redis', image: 'docker.io/library/redis:7.2' },
      { slot: 'busybox', image: 'docker.io/library/busybox:1.37' },
    ]);
    const one = bundleOfChart(head, readChart(deployment.replace(/ *initContainers.*\n/, ''), []));
    expect(one.images.map(({ slot }) => slot)).toEqual(['main']);
  });

  it('loses its hooks, and says so', () => {
    const hook = from(
      'migrate.yaml',
      'apiVersion: batch/v1\nkind: Job\nmetadata: { name: m, annotations: { helm.sh/hook: pre-install } }',
    );
    const objects = readChart(hook + mode, []);
    expect(objects.map(({ key, state }) => [key, state])).toEqual([
      ['Job/m', 'left_out'],
      ['ConfigMap/settings', 'taken'],
    ]);
    expect(bundleOfChart(head, objects).files['README.md']).toContain('Job/m (redis/templates/migrate.yaml): A hook');
  });

  it.each([
    ['a kind without a namespace', 'apiVersion: v1\nkind: Namespace\nmetadata: { name: odd }', 'not in a namespace'],
    ['rights', 'apiVersion: rbac/v1\nkind: RoleBinding\nmetadata: { name: odd }', 'gives rights'],
    ['values of a Secret', 'apiVersion: v1\nkind: Secret\nmetadata: { name: odd }\ndata: { a: YQ== }', 'its values'],
    ['text of a Secret', 'apiVersion: v1\nkind: Secret\nmetadata: { name: odd }\nstringData: { a: b }', 'its values'],
    [
      'another namespace',
      'apiVersion: v1\nkind: Service\nmetadata: { name: odd, namespace: kube-system }',
      'kube-system',
    ],
    ['no name', 'apiVersion: v1\nkind: Service', 'metadata.name'],
    ['no object', '- a\n- b', 'each document is an object'],
    ['a key twice', 'apiVersion: v1\nkind: Service\nkind: Pod', 'unique'],
    ['an alias', 'apiVersion: v1\nkind: Service\nmetadata: &m { name: odd }\nspec: { a: *m }', 'aliases'],
  ])('is refused %s, by name, and the rest is read', (_what, text, detail) => {
    const objects = readChart(from('odd.yaml', text) + mode, []);
    expect(objects[0]).toMatchObject({ state: 'refused', source: 'redis/templates/odd.yaml' });
    expect(objects[0]?.detail).toContain(detail);
    expect(objects[1]?.state).toBe('taken');
  });

  it('may be taken without what is refused', () => {
    const claim = from('ns.yaml', 'apiVersion: v1\nkind: Namespace\nmetadata: { name: quarterdeck-app-name }');
    const objects = readChart(claim + mode, ['Namespace/<app>']);
    expect(objects.map(({ state }) => state)).toEqual(['left_out', 'taken']);
    expect(Object.keys(bundleOfChart(head, objects).files)).toHaveLength(4);
  });

  it('makes no object twice', () => {
    expect(readChart(mode + mode, []).map(({ state }) => state)).toEqual(['taken', 'refused']);
  });
});
