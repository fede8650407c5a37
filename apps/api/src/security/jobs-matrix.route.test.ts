import type { Permission } from '@quarterdeck/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ActingRun, createReleasesStore, createRunAuthority, RunPausedError } from '../features/releases/index.ts';
import { fromUuid, newId, toUuid } from '../platform/ids.ts';
import { claimAsOwner, createTestApp, type TestApp, testOwner } from '../testing/test-app.ts';
import { expectedOf, type Ownership } from './expected.fixture.ts';
import type { Place } from './places.fixture.ts';
import { type ActingSubject, createSubjects } from './subjects.fixture.ts';
import { createWorld, type Ids, silentPort } from './world.fixture.ts';

/** What a release of each kind needs, and where: written by hand, to disagree with the product. */
const kinds: readonly { kind: ActingRun['releaseKind']; permission: Permission; place: Place }[] = [
  { kind: 'deploy', permission: 'releases:create', place: 'namespace' },
  { kind: 'rollback', permission: 'releases:rollback', place: 'namespace' },
  { kind: 'remove', permission: 'applications:delete', place: 'project' },
];

let test: TestApp;
let world: Record<Ownership, Ids>;
/** Everybody a release can act for, with the id of their account. */
let actors: { subject: ActingSubject; id: string }[];

beforeAll(async () => {
  test = await createTestApp({ clusterAddressAllow: [`127.0.0.1/32:${silentPort}`] });
  const owner = await claimAsOwner(test);
  world = await createWorld(test, owner);
  const subjects = await createSubjects(test, owner, world.own);
  const found = await Promise.all(subjects.map(async (subject) => ({ subject, id: await accountOf(subject) })));
  actors = found.flatMap(({ subject, id }) => (id === undefined ? [] : [{ subject, id }]));
});
afterAll(() => test.close());

/** A release acts for accounts alone: nobody and a token have none of their own. */
async function accountOf({ name, scope, isProgram }: ActingSubject): Promise<string | undefined> {
  if (isProgram === true) return idOf('identity_service_account', 'sva', 'own-automation');
  return idOf('identity_user', 'usr', scope === 'fleet' && name === 'owner-fleet' ? testOwner.name : name);
}

async function idOf(table: string, prefix: 'usr' | 'sva', name: string): Promise<string | undefined> {
  const { rows } = await test.database.pool.query<{ id: string }>(`SELECT id FROM ${table} WHERE name = $1`, [name]);
  return rows[0] === undefined ? undefined : fromUuid(prefix, rows[0].id);
}

/** A run of the place's release. */
function runOf(kind: ActingRun['releaseKind'], actingId: string, place: Ids): ActingRun {
  return {
    releaseId: place.rel ?? '',
    releaseKind: kind,
    releaseNumber: 1,
    projectId: place.prj ?? '',
    clusterId: place.clu ?? '',
    namespace: place.ns ?? '',
    applicationSlug: 'app',
    environment: 'env',
    createdBy: 'somebody',
    actingId,
    images: { main: 'registry.example.com/app:1' },
    template: 'web-service',
  };
}

async function outcome(run: ActingRun): Promise<'goes on' | 'paused'> {
  const { pool } = test.database;
  await pool.query("UPDATE release SET state = 'rolling', paused_reason = NULL WHERE id = $1", [toUuid(run.releaseId)]);
  const { access, audit } = test.composition;
  const authority = createRunAuthority({ access, audit, store: createReleasesStore(test.database), database: pool });
  try {
    await authority.hold(run);
    return 'goes on';
  } catch (error) {
    if (!(error instanceof RunPausedError)) throw error;
    const { rows } = await pool.query('SELECT state FROM release WHERE id = $1', [toUuid(run.releaseId)]);
    expect(rows).toEqual([{ state: 'paused' }]);
    return 'paused';
  }
}

describe('a step of a release', () => {
  it('has every role to act for', () => expect(actors.length).toBeGreaterThan(15));

  it.each(kinds)(
    'S22 of kind $kind goes on only where its actor may do it now',
    async ({ kind, permission, place }) => {
      const complaints: string[] = [];
      for (const { subject, id } of actors) {
        for (const ownership of ['own', 'foreign'] as const) {
          const isAllowed = expectedOf(subject, { place, permission }, ownership, true)[0] === 'allowed';
          const got = await outcome(runOf(kind, id, world[ownership]));
          if (got !== (isAllowed ? 'goes on' : 'paused'))
            complaints.push(`${kind} for ${subject.name} on ${ownership}: ${got}`);
        }
      }
      expect(complaints).toEqual([]);
    },
  );

  it.each(kinds)('of kind $kind does not go on for an account that is no more', async ({ kind }) => {
    expect(await outcome(runOf(kind, newId('usr'), world.own))).toBe('paused');
    expect(await outcome(runOf(kind, newId('sva'), world.own))).toBe('paused');
  });
});
