import { idPrefixes } from '@quarterdeck/contracts';
import { newId, toUuid } from '../platform/ids.ts';
import type { SignedInClient, TestApp } from '../testing/test-app.ts';
import type { Ownership } from './expected.fixture.ts';
import { templateFiles } from './template-files.fixture.ts';

/** Every secret that goes in; none may come out. */
export const canary = 'canary-7f3a9c';

/** Objects of one place by the prefix of their id; `ns` and `pod` are names. */
export type Ids = Readonly<Record<string, string>>;

const kindOfPods = { group: 'core', plural: 'pods' };

/** Allowed to be dialled, and nobody is there: a cluster at this port is known and does not answer. */
export const silentPort = 1;

type Call = (method: 'GET' | 'POST' | 'PUT', url: string, payload?: object) => Promise<Record<string, unknown>>;

/**
 * Two tenants that know nothing of each other, `own` and `rival`, each with a cluster, a project, an environment, an
 * application, a release, a service account and a token; made through the API as the owner would. Names of the other
 * tenant hold `rival`, so that a leak shows in any text.
 */
export async function createWorld(
  test: TestApp,
  owner: SignedInClient,
  cluster: { port: number; caPem?: string } = { port: silentPort },
): Promise<Record<Ownership, Ids>> {
  const call: Call = async (method, url, payload) => {
    const { status, body } = await owner.request({ method, url, ...(payload === undefined ? {} : { payload }) });
    if (status >= 300) throw new Error(`${method} ${url} answered ${status} ${JSON.stringify(body)}`);
    return body;
  };
  const own = await createTenant(test, call, 'own', cluster);
  const foreign = await createTenant(test, call, 'rival', cluster);
  // What cannot be reached at its registration is not dialled until a worker has seen it.
  await test.database.pool.query("UPDATE clusters_cluster SET state = 'connected', state_reason = NULL");
  const none = Object.fromEntries(Object.values(idPrefixes).map((prefix) => [prefix, newId(prefix)]));
  return {
    own,
    foreign,
    none: { ...none, userSession: newId('ses'), ns: 'no-such-namespace', pod: 'no-such-pod', ...kindOfPods },
  };
}

async function createTenant(
  test: TestApp,
  call: Call,
  name: string,
  { port, ...trust }: { port: number; caPem?: string },
): Promise<Ids> {
  const registered = await call('POST', '/clusters', {
    slug: `${name}-cluster`,
    displayName: `${name} cluster`,
    labels: { tenant: name },
    access: { kind: 'token', server: `https://127.0.0.1:${port}`, token: `${canary}-cluster-${name}`, ...trust },
    acceptUnverified: true,
    renewing: false,
  });
  const project = newId('prj');
  await test.database.pool.query('INSERT INTO access_project (id, slug, display_name) VALUES ($1, $2, $3)', [
    toUuid(project),
    `${name}-project`,
    `${name} project`,
  ]);
  const rules = [{ selector: { cluster: `${name}-cluster` }, namespace: `${name}-ns` }];
  const environment = await call('POST', `/projects/${project}/environments`, {
    name: `${name}-env`,
    tier: 'test',
    rules,
  });
  const application = await call('POST', '/applications', {
    projectId: project,
    slug: `${name}-app`,
    environments: [{ environmentId: environment.id }],
  });
  const templates = (await call('GET', '/templates')).items as { latestVersionId: string }[];
  const draft = await call('POST', '/templates', { projectId: project, files: templateFiles(`${name}-template`) });
  const template = await call('POST', `/template-versions/${draft.id}/publish`, { sha256: draft.sha256 });
  const release = await call('POST', '/releases', {
    applicationId: application.id,
    environmentId: environment.id,
    templateVersionId: templates[0]?.latestVersionId,
    images: { main: `registry.example.com/${name}/app:1.0.0` },
    parameters: { replicas: 2 },
  });
  const freeze = await call('POST', '/freeze-windows', {
    name: `${name}-freeze`,
    environmentId: environment.id,
    recurrence: { starts: '2020-01-01T00:00', ends: '2020-01-01T00:01', zone: 'UTC', rule: 'FREQ=YEARLY' },
  });
  const [targetOfRelease] = release.targets as { targetId: string }[];
  const debt = newId('dbt');
  await test.database.pool.query(
    `INSERT INTO debt (id, target_id, release_id, reason) VALUES ($1, $2, $3, 'skipped')
     ON CONFLICT (target_id) WHERE state = 'open' DO UPDATE SET id = excluded.id`,
    [toUuid(debt), toUuid(targetOfRelease?.targetId ?? ''), toUuid(String(release.id))],
  );
  const rejected = newId('rjd');
  await test.database.pool.query(
    `INSERT INTO rejected_digest (id, app_environment_id, reference, release_id)
     SELECT $1, app_environment_id, $2, id FROM release WHERE id = $3`,
    [toUuid(rejected), `registry.example.com/${name}/app:bad`, toUuid(String(release.id))],
  );
  const fieldRule = newId('fru');
  await test.database.pool.query(
    `INSERT INTO field_rule (id, target_id, "group", kind, namespace, name, field, choice, decided_by)
     VALUES ($1, $2, '', 'ConfigMap', 'x', 'x', '.data.x', 'yield', 'test')`,
    [toUuid(fieldRule), toUuid(targetOfRelease?.targetId ?? '')],
  );
  const account = await call('POST', '/service-accounts', { name: `${name}-robot`, projectId: project });
  const token = await call('POST', `/service-accounts/${account.id}/tokens`, {
    name: `${name}-token`,
    permissions: ['applications:read'],
  });
  const rule = await call('POST', '/trust-rules', {
    name: `${name}-rule`,
    issuer: 'https://gitlab.example.com',
    gitlabProjectId: 7,
    ref: 'main',
    serviceAccountId: account.id,
    permissions: ['applications:read'],
  });
  const user = newId('usr');
  await test.database.pool.query('INSERT INTO identity_user (id, name, display_name) VALUES ($1, $2, $2)', [
    toUuid(user),
    `${name}-person`,
  ]);
  const userSession = newId('ses');
  await test.database.pool.query(
    `INSERT INTO identity_session (id, secret_hash, user_id, ip, user_agent, expires_at)
     VALUES ($1, sha256($2::bytea), $3, '', '', now() + interval '1 hour')`,
    [toUuid(userSession), userSession, toUuid(user)],
  );
  // Both belong to the installation: their names are no secret of a tenant.
  const nth = name === 'own' ? 'first' : 'second';
  const group = await call('POST', '/groups', { name: `${nth}-group` });
  await call('PUT', `/groups/${group.id}/members/${user}`);
  const provider = await call('POST', '/identity-providers', {
    name: `${nth}-provider`,
    issuer: `https://127.0.0.1:${silentPort}/${nth}`,
    clientId: 'quarterdeck',
    clientSecret: `${canary}-provider-${name}`,
  });
  const grant = await call('POST', '/access/grants', {
    subject: { kind: 'user', id: user },
    roleId: 'deployer',
    scope: { kind: 'project', id: project },
  });
  const role = await call('POST', '/access/roles', {
    // Roles belong to the installation: their names are no secret of a tenant.
    name: name === 'own' ? 'first-role' : 'second-role',
    permissions: ['applications:read'],
    scopes: ['project'],
  });
  const view = await call('POST', '/views', {
    name: `${name}-view`,
    projectId: project,
    content: { type: 'list', path: '/inventory/core/pods', search: { namespaces: `${name}-ns` } },
  });
  const evacuation = await call('POST', '/evacuations', { clusterId: registered.id });
  const drain = newId('drn');
  await test.database.pool.query(
    `INSERT INTO scheduling_drain (id, cluster_id, node, node_uid, accepts, created_by_id, created_by, credential, deadline_at)
     VALUES ($1, $2, 'node-1', 'uid-1', '[]', 'usr_nobody', 'Nobody', '{"kind":"session","id":"none"}', now() + interval '1 hour')`,
    [toUuid(drain), toUuid(String(registered.id))],
  );
  const pipelines = await createPipelines(test, call, name, { project, application, environment, release });
  const trail = (await call('GET', `/audit?target=${application.id}`)).items as { id: string }[];
  const [target] = release.targets as { id: string; targetId: string }[];
  return {
    clu: String(registered.id),
    prj: project,
    env: String(environment.id),
    app: String(application.id),
    tpl: String(template.templateId),
    tpv: String(template.id),
    rel: String(release.id),
    frz: String(freeze.id),
    dbt: debt,
    rjd: rejected,
    eva: String(evacuation.id),
    drn: drain,
    fru: fieldRule,
    viw: String(view.id),
    tgt: target?.targetId ?? '',
    run: target?.id ?? '',
    sva: String(account.id),
    tok: (token.token as { id: string }).id,
    tru: String(rule.id),
    usr: user,
    userSession,
    grp: String(group.id),
    idp: String(provider.id),
    grt: String(grant.id),
    rol: String(role.id),
    aud: trail[0]?.id ?? '',
    ns: `${name}-ns`,
    pod: `${name}-pod`,
    application: `${name}-project/${name}-app`,
    environment: `${name}-env`,
    ...pipelines,
    ...kindOfPods,
  };
}

type Made = Record<string, unknown>;

/** A GitLab, a hook that took an event, a trigger, what was joined by it, and what was told of a release. */
async function createPipelines(
  test: TestApp,
  call: Call,
  name: string,
  place: { project: string; application: Made; environment: Made; release: Made },
): Promise<Ids> {
  const projectId = place.project;
  const connection = await call('POST', '/pipeline-connections', {
    kind: 'gitlab',
    projectId,
    name: `${name}-gitlab`,
    url: `https://127.0.0.1:${silentPort}`,
    token: `${canary}-gitlab-${name}`,
  });
  const { hook } = (await call('POST', '/hooks', {
    source: 'gitlab',
    projectId,
    name: `${name}-hook`,
    connectionId: connection.id,
  })) as { hook: Made };
  const delivery = await call('POST', `/hooks/${hook.id}/test`);
  const trigger = await call('POST', '/deploy-triggers', {
    applicationId: place.application.id,
    environmentId: place.environment.id,
    repository: `registry.example.com/${name}/app`,
    requires: 'image',
    connectionId: connection.id,
  });
  const candidate = newId('can');
  await test.database.pool.query(
    `INSERT INTO candidate (id, project_id, app_environment_id, trigger_id, slots, tag)
     SELECT $1, $2, app_environment_id, id, slot, $3 FROM deploy_trigger WHERE id = $4`,
    [toUuid(candidate), toUuid(projectId), `${name}-tag`, toUuid(String(trigger.id))],
  );
  const effect = newId('eff');
  await test.database.pool.query(
    `INSERT INTO outbound_effect (id, project_id, connection_id, release_id, kind, phase, payload, give_up_at)
     VALUES ($1, $2, $3, $4, 'commit_status', 'running', $5::jsonb, now())`,
    [
      toUuid(effect),
      toUuid(projectId),
      toUuid(String(connection.id)),
      toUuid(String(place.release.id)),
      JSON.stringify({ release: `${name}-app #1` }),
    ],
  );
  return {
    con: String(connection.id),
    hok: String(hook.id),
    dlv: String(delivery.deliveryId),
    trg: String(trigger.id),
    can: candidate,
    eff: effect,
  };
}
