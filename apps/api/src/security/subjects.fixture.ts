import type { Permission } from '@quarterdeck/contracts';
import { newId, toUuid } from '../platform/ids.ts';
import { clientOf, programOf, type SignedInClient, type TestApp, testOwner } from '../testing/test-app.ts';
import { designRoles, type Scope } from './design-roles.fixture.ts';
import type { Subject } from './expected.fixture.ts';
import type { Ids } from './world.fixture.ts';

export type ActingSubject = Subject & {
  client: Pick<SignedInClient, 'request'> & { cookie?: string };
  /** A second session, to be used up. Undefined for who cannot sign in. */
  signInAgain?: () => Promise<{ client: SignedInClient; session: string }>;
};

/**
 * Everybody who may come to the door: each built-in role that this version has, at each place the design lets it be
 * granted, always at the own tenant; a person without any grant; nobody; somebody whose session has ended; a token of
 * the owner, for the own project or cluster alone.
 */
export async function createSubjects(
  test: TestApp,
  owner: SignedInClient,
  own: Ids,
  only?: readonly string[],
): Promise<ActingSubject[]> {
  const { rows } = await test.database.pool.query<{ id: string }>('SELECT id FROM access_roles WHERE built_in');
  const unknown = rows.filter((row) => designRoles[row.id] === undefined).map((row) => row.id);
  if (unknown.length > 0) {
    throw new Error(`Add the built-in role ${unknown.join(', ')} to apps/api/src/security/design-roles.fixture.ts.`);
  }
  const subjects: ActingSubject[] = [];
  for (const { id: role } of rows) {
    const { scopes, permissions } = designRoles[role] ?? { scopes: [], permissions: [] };
    for (const scope of scopes) {
      const name = `${role}-${scope}`;
      if (only?.includes(name) === false) continue;
      const acting = { name, signedIn: true, scope, permissions: new Set<Permission>(permissions) };
      if (role === 'owner') {
        subjects.push({ ...acting, client: owner, signInAgain: () => signIn(test, testOwner.name) });
      } else if (role === 'automation') {
        const { id, client } = await serviceAccount(test, owner, own, permissions);
        await grant(owner, id, role, scopeOf(scope, own));
        subjects.push({ ...acting, byToken: true, isProgram: true, client });
      } else {
        await grant(owner, await addUser(test, name), role, scopeOf(scope, own));
        subjects.push({ ...acting, ...(await enter(test, name)) });
      }
    }
  }
  await addUser(test, 'nobody');
  subjects.push({
    name: 'nobody',
    signedIn: true,
    scope: undefined,
    permissions: new Set(),
    ...(await enter(test, 'nobody')),
  });
  const out = { signedIn: false, scope: undefined, permissions: new Set<Permission>() };
  subjects.push({ ...out, name: 'anonymous', client: clientOf(test.app) });
  subjects.push({ ...out, name: 'expired', client: await expiredClient(test) });
  const reading: Permission[] = [
    'identity:self',
    'clusters:read',
    'workloads:logs',
    'applications:read',
    'releases:read',
  ];
  subjects.push(await narrowedToken(test, owner, 'fleet', reading, {}));
  return subjects;
}

/** A person with the password of the owner: its hash is copied, so that nothing is hashed anew. */
async function addUser({ database }: TestApp, name: string): Promise<string> {
  const id = newId('usr');
  await database.pool.query(
    `INSERT INTO identity_user (id, name, display_name, password_hash)
     SELECT $1, $2, $2, password_hash FROM identity_user WHERE name = $3`,
    [toUuid(id), name, testOwner.name],
  );
  return id;
}

async function signIn(test: TestApp, name: string): Promise<{ client: SignedInClient; session: string }> {
  const { status, body, headers } = await clientOf(test.app).request({
    method: 'POST',
    url: '/auth/sign-in',
    payload: { name, password: testOwner.password },
  });
  if (status !== 200) throw new Error(`${name} cannot sign in: ${JSON.stringify(body)}`);
  const client = clientOf(test.app, String([headers['set-cookie']].flat()[0]).split(';', 1)[0]);
  return { client, session: String(body.sessionId) };
}

/** Signed in, with a personal token to look at. */
async function enter(test: TestApp, name: string) {
  const { client } = await signIn(test, name);
  const payload = { name: `${name}-token`, permissions: ['identity:self'] };
  await client.request({ method: 'POST', url: '/me/tokens', payload });
  return { client, signInAgain: () => signIn(test, name) };
}

async function expiredClient(test: TestApp): Promise<SignedInClient> {
  const { client, session } = await signIn(test, testOwner.name);
  await test.database.pool.query("UPDATE identity_session SET expires_at = now() - interval '1 second' WHERE id = $1", [
    toUuid(session),
  ]);
  return client;
}

/** A token of the owner that is for less than its owner may do. */
async function narrowedToken(
  test: TestApp,
  owner: SignedInClient,
  scope: 'fleet' | 'project' | 'cluster',
  permissions: readonly Permission[],
  limits: object,
): Promise<ActingSubject> {
  const name = `token-for-${scope}`;
  const payload = { name, permissions, ...limits };
  const { status, body } = await owner.request({ method: 'POST', url: '/me/tokens', payload });
  if (status !== 201) throw new Error(`no token: ${JSON.stringify(body)}`);
  const client = programOf(test.app, String(body.secret));
  return { name, signedIn: true, byToken: true, scope, permissions: new Set(permissions), client };
}

/** A service account of the own project, by a token with these permissions. */
async function serviceAccount(test: TestApp, owner: SignedInClient, own: Ids, permissions: readonly Permission[]) {
  const post = async (url: string, payload: object) => (await owner.request({ method: 'POST', url, payload })).body;
  const account = await post('/service-accounts', { name: 'own-automation', projectId: own.prj });
  const limits = { name: 'own-automation', permissions: ['identity:self', ...permissions] };
  const token = await post(`/service-accounts/${account.id}/tokens`, limits);
  return { id: String(account.id), client: programOf(test.app, String(token.secret)) };
}

function scopeOf(scope: Scope, own: Ids): object {
  switch (scope) {
    case 'fleet':
      return { kind: 'fleet' };
    case 'set':
      return { kind: 'set', selector: { tenant: 'own' } };
    case 'cluster':
      return { kind: 'cluster', id: own.clu };
    case 'project':
      return { kind: 'project', id: own.prj };
    case 'environment':
      return { kind: 'environment', id: own.env };
  }
}

async function grant(owner: SignedInClient, subject: string, role: string, scope: object): Promise<void> {
  const payload = {
    subject: { kind: subject.startsWith('sva_') ? 'service_account' : 'user', id: subject },
    roleId: role,
    scope,
  };
  const { status, body } = await owner.request({ method: 'POST', url: '/access/grants', payload });
  if (status !== 201) throw new Error(`${role} cannot be granted: ${status} ${JSON.stringify(body)}`);
}
