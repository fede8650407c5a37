// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates are written in plain strings
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chartArchive, helmProgram } from '@quarterdeck/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  claimAsOwner,
  createTestApp,
  type SignedInClient,
  type TestApp,
  testOrigin,
} from '../../../testing/test-app.ts';
import { createHelm, helmLimits } from './run-helm.ts';

const helm = await helmProgram();

const head = 'apiVersion: v2\nname: demo\nversion: 1.2.3\nappVersion: "4.5"\ndescription: A demo of charts\n';
const configMap = (data: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: "{{ .Release.Name }}-settings" }\ndata:\n${data}\n`;
const deployment = `apiVersion: apps/v1
kind: Deployment
metadata: { name: "{{ .Release.Name }}-demo", namespace: "{{ .Release.Namespace }}" }
spec:
  replicas: {{ .Values.replicas }}
  selector: { matchLabels: { app: demo } }
  template:
    metadata: { labels: { app: demo } }
    spec:
      containers: [{ name: demo, image: "registry.example.com/demo:{{ .Chart.AppVersion }}" }]
`;
const hook = `apiVersion: batch/v1
kind: Job
metadata: { name: migrate, annotations: { helm.sh/hook: pre-install } }
`;
const role = 'apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: { name: "{{ .Release.Name }}" }\n';

const real = {
  'Chart.yaml': head,
  'values.yaml': 'replicas: 1\n',
  'templates/deployment.yaml': deployment,
  'templates/settings.yaml': configMap('  mode: "0644"'),
  'templates/hook.yaml': hook,
};

describe.skipIf(helm === undefined)('a Helm chart', () => {
  let test: TestApp;
  let owner: SignedInClient;
  beforeAll(async () => {
    test = await createTestApp({ helm: helm ?? '' });
    owner = await claimAsOwner(test);
  });
  afterAll(() => test.close());

  const bodyOf = (files: Record<string, string>, more: object = {}) => ({
    archive: chartArchive(files).toString('base64'),
    name: 'demo',
    version: '1.0.0',
    ...more,
  });
  const preview = (files: Record<string, string>, more?: object) =>
    owner.request({ method: 'POST', url: '/templates/import/preview', payload: bodyOf(files, more) });

  it('shows what it would make, object by object, and saves nothing', async () => {
    // By a socket, as a browser asks: there it shows whether helm outlives the reading of the request.
    const origin = await test.app.listen({ host: '127.0.0.1', port: 0 });
    const response = await fetch(`${origin}/api/v1/templates/import/preview`, {
      method: 'POST',
      headers: { origin: testOrigin, cookie: owner.cookie, 'content-type': 'application/json' },
      body: JSON.stringify(bodyOf({ ...real, 'templates/role.yaml': role }, { values: 'replicas: 3' })),
    });
    const body = (await response.json()) as Record<string, unknown>;
    expect(body).toMatchObject({
      chart: { name: 'demo', version: '1.2.3', appVersion: '4.5' },
      images: [{ slot: 'main', image: 'registry.example.com/demo:4.5' }],
    });
    const objects = body.objects as { key: string; state: string; source: string; lint: { rule: string }[] }[];
    expect(objects.map(({ key, state, source }) => [key, state, source])).toEqual([
      ['ConfigMap/<app>-settings', 'taken', 'demo/templates/settings.yaml'],
      ['ClusterRole/<app>', 'refused', 'demo/templates/role.yaml'],
      ['Deployment/<app>-demo', 'taken', 'demo/templates/deployment.yaml'],
      ['Job/migrate', 'left_out', 'demo/templates/hook.yaml'],
    ]);
    expect(objects[2]?.lint.map(({ rule }) => rule)).toEqual(
      expect.arrayContaining(['non-root', 'requests', 'readiness']),
    );
    const { body: catalogue } = await owner.request({ method: 'GET', url: '/templates' });
    expect(catalogue).toMatchObject({ total: 8, importsCharts: true });
  });

  it('is refused as a whole while it makes what no template may, and taken without it', async () => {
    const files = { ...real, 'templates/role.yaml': role };
    const create = (more?: object) =>
      owner.request({ method: 'POST', url: '/templates/import', payload: bodyOf(files, more) });
    expect(await create()).toMatchObject({
      status: 422,
      body: {
        code: 'chart_refused',
        errors: [{ pointer: '/leaveOut', detail: expect.stringContaining('ClusterRole/<app>') }],
      },
    });
    const { status, body } = await create({ leaveOut: ['ClusterRole/<app>'], values: 'replicas: 3' });
    expect(status, JSON.stringify(body)).toBe(201);
    expect(body).toMatchObject({ name: 'demo', state: 'draft', images: { main: { required: true } } });
    const { body: rendered } = await owner.request({
      method: 'POST',
      url: `/template-versions/${body.id}/render`,
      payload: { images: { main: 'registry.example.com/demo:9' } },
    });
    const [settings, made] = rendered.objects as { name: string; manifest: string }[];
    expect(settings).toMatchObject({ name: 'sample-settings', manifest: expect.stringContaining('mode: "0644"') });
    expect(made?.manifest).toMatch(/replicas: 3[\s\S]*registry\.example\.com\/demo:9/);
    const next = await create({ leaveOut: ['ClusterRole/<app>'], version: '1.1.0', templateId: body.templateId });
    expect(next).toMatchObject({ status: 201, body: { templateId: body.templateId, version: '1.1.0' } });
  });

  it('that helm does not take is refused with what helm says', async () => {
    const { status, body } = await preview({ ...real, 'templates/odd.yaml': '{{ fail "no size given" }}' });
    expect({ status, code: body.code }).toEqual({ status: 422, code: 'chart_invalid' });
    expect(body.detail).toContain('no size given');
    expect(body.detail).not.toContain(tmpdir());
    const dependent = {
      ...real,
      'Chart.yaml': `${head}dependencies: [{ name: other, version: 1.0.0, repository: "https://127.0.0.1:9" }]\n`,
    };
    expect((await preview(dependent)).body.detail).toContain('missing in charts/');
  });

  it('reaches nothing of this machine: no file, no variable, no cluster, no address', async () => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.end('{}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const secret = path.join(tmpdir(), `quarterdeck-secret-${process.pid}`);
    await writeFile(secret, 'apiVersion: v1\nkeyring: leaked');
    const kubeconfig = path.join(tmpdir(), `quarterdeck-kubeconfig-${process.pid}`);
    await writeFile(
      kubeconfig,
      `apiVersion: v1\nkind: Config\ncurrent-context: a\nclusters: [{ name: a, cluster: { server: "http://127.0.0.1:${port}" } }]\ncontexts: [{ name: a, context: { cluster: a, user: a } }]\nusers: [{ name: a, user: {} }]\n`,
    );
    vi.stubEnv('KUBECONFIG', kubeconfig);
    const up = '../'.repeat(12);
    const data = [
      `  files: {{ .Files.Get "${secret}" | quote }}`,
      `  above: {{ .Files.Get "${up}${secret.slice(1)}" | quote }}`,
      `  glob: {{ range $path, $_ := .Files.Glob "${up}**" }}{{ $path }}{{ end }}`,
      `  tpl: {{ tpl (printf "{{ .Files.Get %q }}" "${secret}") . | quote }}`,
      '  lookup: {{ lookup "v1" "Secret" "kube-system" "" | toJson | quote }}',
      '  host: {{ getHostByName "localhost" | quote }}',
    ].join('\n');
    const { status, body } = await owner.request({
      method: 'POST',
      url: '/templates/import',
      payload: {
        ...bodyOf({
          ...real,
          'templates/settings.yaml': configMap(data),
          'values.schema.json': `{"allOf":[{"$ref":"http://127.0.0.1:${port}/schema.json"},{"$ref":"file://${secret}"}]}`,
        }),
        name: 'nosy',
      },
    });
    vi.unstubAllEnvs();
    await new Promise((resolve) => server.close(resolve));
    expect(status, JSON.stringify(body)).toBe(201);
    expect(asked).toEqual([]);
    const files = body.files as Record<string, string>;
    expect(JSON.stringify(files)).not.toContain('leaked');
    expect(files['manifests/001-configmap.yaml']).toMatch(
      /above: ""\n *files: ""\n *host: ""\n *lookup: "?\{\}"?\n *tpl: ""\n/,
    );
    for (const wrong of ['{{ env "PATH" }}', '{{ expandenv "$HOME" }}'])
      expect((await preview({ ...real, 'templates/odd.yaml': wrong })).body.detail).toContain('not defined');
  });

  it.each([
    ['runs for ever', '{{ range until 100000 }}{{ range until 100000 }}{{ end }}{{ end }}', 'chart_too_slow'],
    ['writes without end', configMap('  a: "{{ repeat 12000000 "x" }}"'), 'chart_too_large'],
    ['takes all memory', '{{ $a := repeat 100000000 "x" }}{{ $b := repeat 9 $a }}{{ len $b }}', 'chart_too_large'],
  ])('that %s is ended', async (_what, text, code) => {
    const timeMs = code === 'chart_too_slow' ? 1500 : helmLimits.timeMs;
    const limits = { ...helmLimits, timeMs, memoryBytes: 400 * 1_048_576 };
    const files = new Map(
      Object.entries({ ...real, 'templates/odd.yaml': text }).map(([file, data]) => [file, Buffer.from(data)]),
    );
    await expect(createHelm(helm ?? '', limits).render(files, '')).rejects.toMatchObject({ code });
  });
});
