import { createHash, randomBytes } from 'node:crypto';
import type { Scope, SubjectKind } from '@quarterdeck/contracts';
import { fromUuid, newId, toUuid } from '../platform/ids.ts';
import type { AccountPrincipal, Credential } from '../platform/principal.ts';
import { clientOf, type SignedInClient, type TestApp } from './test-app.ts';

export type Person = SignedInClient & { id: string; uuid: string; sessionId: string };

/** A person with a session and no rights. */
export async function addPerson({ app, database }: TestApp, name: string): Promise<Person> {
  const uuid = toUuid(newId('usr'));
  const session = toUuid(newId('ses'));
  const secret = randomBytes(32).toString('base64url');
  await database.pool.query('INSERT INTO identity_user (id, name, display_name) VALUES ($1, $2, $3)', [
    uuid,
    name,
    name.charAt(0).toUpperCase() + name.slice(1),
  ]);
  await database.pool.query(
    `INSERT INTO identity_session (id, secret_hash, user_id, ip, user_agent, expires_at)
     VALUES ($1, $2, $3, '127.0.0.1', 'test', now() + interval '12 hours')`,
    [session, createHash('sha256').update(secret).digest(), uuid],
  );
  return {
    ...clientOf(app, `qd-local=${secret}`),
    id: fromUuid('usr', uuid),
    uuid,
    sessionId: fromUuid('ses', session),
  };
}

/** A grant as the owner would make it, without the request. Gives its id. */
export async function addGrant(
  { database, composition }: TestApp,
  subject: { uuid: string; kind?: SubjectKind },
  roleId: string,
  scope: Scope = { kind: 'fleet' },
): Promise<string> {
  const id = newId('grt');
  await database.pool.query(
    `INSERT INTO access_grants (id, subject_kind, subject_id, role_id, scope_kind, scope_id, selector)
     VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb)`,
    [
      toUuid(id),
      subject.kind ?? 'user',
      subject.uuid,
      roleId,
      scope.kind,
      'id' in scope ? toUuid(scope.id) : null,
      scope.kind === 'set' ? JSON.stringify(scope.selector) : null,
    ],
  );
  composition.access.dropCopies();
  return id;
}

/** A project's number in a cluster, as its first namespace there would take it. */
export async function giveNumber(
  { database, composition }: TestApp,
  clusterId: string,
  projectId: string,
  number: number,
): Promise<void> {
  await database.pool.query('INSERT INTO access_project_number (cluster_id, project_id, number) VALUES ($1, $2, $3)', [
    toUuid(clusterId),
    toUuid(projectId),
    number,
  ]);
  composition.access.dropCopies();
}

/** The person as the server knows them, with the given credential instead of the session. */
export function principalOf(person: Person, credential?: Credential): AccountPrincipal {
  return {
    kind: 'user',
    id: person.id,
    name: person.id,
    displayName: person.id,
    credential: credential ?? { kind: 'session', id: person.sessionId, expiresAt: new Date(Date.now() + 3_600_000) },
    subjects: [person.uuid],
  };
}
