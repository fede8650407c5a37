import { runSql } from '@quarterdeck/database/testing';
import { claimProduct, makeDataFolder, removeDataFolder, startProduct } from '@quarterdeck/testing';
import { databaseUrl } from '../e2e/setup/host.ts';
import { askAll } from './http-clients.ts';
import { median, percentile, printResult } from './result.ts';

const applications = Number(process.argv[2] ?? 1000);
const clusters = Number(process.argv[3] ?? 10);
const rounds = Number(process.argv[4] ?? 20);
const goalMs = 100;

/** Every 40th application fails in one cluster; each target has had three releases, and one in seven has drifted. */
const seed = `
INSERT INTO clusters_cluster (id, slug, display_name, color, labels, server, state, version, seen_at)
SELECT uuidv7(), 'c-' || c, 'Cluster ' || c, 0, '{}', 'https://c-' || c || '.example.com', 'paused', 'v1.34.4', now() FROM generate_series(1, ${clusters}) c;
INSERT INTO access_environment (id, project_id, name, tier, rules)
SELECT uuidv7(), p.id, 'prod', 'production', '[]' FROM access_project p WHERE p.slug = 'default';
INSERT INTO access_namespaces (cluster_id, namespace, project_id, environment_id)
SELECT c.id, 'shop', e.project_id, e.id FROM clusters_cluster c, access_environment e;
INSERT INTO applications_application (id, project_id, slug, display_name, team)
SELECT uuidv7(), p.id, 'app-' || lpad(n::text, 4, '0'), 'app-' || lpad(n::text, 4, '0'), 'Shop' FROM access_project p, generate_series(1, ${applications}) n WHERE p.slug = 'default';
INSERT INTO app_environment (id, application_id, environment_id) SELECT gen_random_uuid(), a.id, e.id FROM applications_application a, access_environment e;
INSERT INTO target (id, app_environment_id, cluster_id, namespace) SELECT uuidv7(), ae.id, n.cluster_id, n.namespace FROM app_environment ae, access_namespaces n;
INSERT INTO release (id, app_environment_id, number, kind, state, images, parameters, content_sha256, dedupe_key, created_by_id, created_by)
SELECT uuidv7(), ae.id, n, 'deploy', 'succeeded', ('{"main": {"reference": "registry.example.com/shop/app@sha256:' || repeat('a1', 32) || '", "pinned": true, "tag": "1.4.' || n || '"}}')::jsonb, '{}', '', gen_random_uuid()::text, '', 'bench'
FROM app_environment ae, generate_series(1, 3) n;
INSERT INTO target_run (id, release_id, target_id, cluster_id, namespace, state, started_at, ended_at, verdict)
SELECT uuidv7(), r.id, t.id, t.cluster_id, t.namespace,
  CASE WHEN f.failed THEN 'failed' ELSE 'healthy' END, now(), now(),
  CASE WHEN f.failed THEN '{"code": "image_pull", "summary": "Image registry.example.com/shop/app:1.4.3 cannot be pulled: it is not in the registry.", "evidence": []}'::jsonb END
FROM release r JOIN app_environment ae ON ae.id = r.app_environment_id JOIN applications_application a ON a.id = ae.application_id
JOIN target t ON t.app_environment_id = ae.id JOIN clusters_cluster c ON c.id = t.cluster_id,
LATERAL (SELECT r.number = 3 AND c.slug = 'c-1' AND right(a.slug, 3)::int % 40 = 0 AS failed) f;
INSERT INTO drift_target (target_id, release_id, compared_at, due_at)
SELECT x.target_id, x.release_id, now(), now() + interval '1 hour' FROM target_run x JOIN release r ON r.id = x.release_id WHERE r.number = 3;
INSERT INTO drift_object (target_id, "group", kind, namespace, name, drift, is_ours, fields, since)
SELECT target_id, 'apps', 'Deployment', 'shop', 'app', 'changed', true, '[]', now() FROM (SELECT target_id, row_number() OVER () AS n FROM drift_target) d WHERE n % 7 = 0;
ANALYZE;`;

/**
 * One page of the grid of applications, and what a key in its filter asks, with 1,000 applications in 10 clusters: rows
 * in PostgreSQL, the product over HTTP, one client. Baseline: the answer that touches no table but the caller's own.
 */
const dataDir = await makeDataFolder();
const product = await startProduct({ dataDir, args: ['--no-demo'] });
try {
  await product.ready();
  const { cookie } = await claimProduct(product);
  const url = await databaseUrl({ dataDir });
  await runSql(url, seed);
  const api = `${product.origin}/api/v1`;
  const urls = [
    `${api}/applications?sort=trouble&limit=100`,
    `${api}/applications?sort=trouble&limit=100&q=app-07`,
    `${api}/applications?sort=trouble&limit=100&q=app-0701`,
    `${api}/me`,
  ];
  const headers = { cookie, 'accept-encoding': 'gzip' };
  await askAll({ urls, clients: 1, rounds: 3, headers });
  const { timings } = await askAll({ urls, clients: 1, rounds, headers });
  const of = (index: number) => timings.filter((timing) => timing.url === index);
  const line = (name: string, index: number) => {
    const times = of(index).map(({ ms }) => ms);
    const [p50, p95] = [median(times), percentile(times, 0.95)].map((ms) => Math.round(ms * 10) / 10) as [
      number,
      number,
    ];
    const bytes = Math.round((of(index)[0]?.bytes ?? 0) / 1000);
    process.stdout.write(`${name.padEnd(44)} p50 ${p50} ms, p95 ${p95} ms, ${bytes} kB\n`);
    return { p50, p95, bytes };
  };
  const page = line(`a page: 100 of ${applications} applications, ${100 * clusters} targets`, 0);
  const some = line('a filter that leaves 100', 1);
  const one = line('a filter that leaves 1', 2);
  const me = line('who am I', 3);
  printResult({
    figure: 'applications-1000',
    value: page.p95,
    unit: 'ms',
    baseline: me.p50,
    goal: goalMs,
    more: { pageP50: page.p50, pageKB: page.bytes, filter100P95: some.p95, filter1P95: one.p95, rounds },
  });
} finally {
  await product.stop();
  await removeDataFolder(dataDir);
}
