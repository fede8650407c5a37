import { AsyncLocalStorage } from 'node:async_hooks';
import { allEndpoints, type Endpoint, publicEndpoints } from '@quarterdeck/contracts';
import type { Database, Transaction } from '@quarterdeck/database';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { claimAsOwner, createTestApp, type SignedInClient, type TestApp } from '../testing/test-app.ts';
import { ownershipsOf, requestOf } from './ask.fixture.ts';
import { type Expected, expectedOf, type Ownership } from './expected.fixture.ts';
import { knownGaps } from './gaps.fixture.ts';
import { type PlacedEndpoint, placedEndpoints } from './places.fixture.ts';
import { type ActingSubject, createSubjects } from './subjects.fixture.ts';
import { createWorld, type Ids, silentPort } from './world.fixture.ts';

let test: TestApp;
let owner: SignedInClient;
let world: Record<Ownership, Ids>;
let subjects: ActingSubject[];
let asked = 0;

beforeAll(async () => {
  test = await createTestApp({ clusterAddressAllow: [`127.0.0.1/32:${silentPort}`] });
  owner = await claimAsOwner(test);
  world = await createWorld(test, owner);
  subjects = await createSubjects(test, owner, world.own);
  takeBackOnRequest(test.composition.database);
});
afterAll(async () => {
  process.stdout.write(`matrix: ${allEndpoints.length} endpoints, ${subjects?.length} subjects, ${asked} requests\n`);
  await test.close();
});

/** What a person who adds an endpoint has to do, word by word. */
function missingLine(endpoint: Endpoint): string {
  const places: [RegExp, string][] = [
    [/^\/me(\/|$)/, 'self'],
    [/namespaces\/:/, 'namespace'],
    [/^\/clusters\/:/, 'cluster'],
    [/^\/(releases)\/:|environments\/:/, 'environment'],
    [/^\/(projects|applications|service-accounts)\/:/, 'project'],
  ];
  const guess = places.find(([pattern]) => pattern.test(endpoint.path))?.[1];
  const place = endpoint.permission === 'public' ? 'public' : (guess ?? (endpoint.method === 'GET' ? 'list' : 'fleet'));
  return `add to apps/api/src/security/places.fixture.ts: "${endpoint.name}: at('${place}', '${endpoint.permission}')," if its place is ${place}`;
}

describe('the matrix', () => {
  it('knows the place of every endpoint, and agrees with its contract on the permission', () => {
    const complaints = allEndpoints.flatMap((endpoint) => {
      const placed = placedEndpoints[endpoint.name];
      if (placed === undefined) return [missingLine(endpoint)];
      if (placed.permission === endpoint.permission) return [];
      return [`${endpoint.name}: the contract says ${endpoint.permission}, the matrix ${placed.permission}`];
    });
    const gone = Object.keys(placedEndpoints).filter(
      (name) => !allEndpoints.some((endpoint) => endpoint.name === name),
    );
    expect([
      ...complaints,
      ...gone.map((name) => `${name}: take it out of places.fixture.ts, no contract has it`),
    ]).toEqual([]);
  });

  it('lets nothing be public that is not on the public list', () => {
    const open = allEndpoints.filter((endpoint) => endpoint.permission === 'public');
    expect(open.map((endpoint) => `${endpoint.method} ${endpoint.path}`).sort()).toEqual([...publicEndpoints].sort());
  });

  const known = allEndpoints.filter((endpoint) => placedEndpoints[endpoint.name] !== undefined);
  it.each(known.map((endpoint) => [endpoint.name, endpoint] as const))('holds for %s', async (name, endpoint) => {
    const placed = placedEndpoints[name] as PlacedEndpoint;
    const complaints: string[] = [];
    const waiting = [...subjects];
    // Fewer at once than the pool has connections: who waits too long for one is told that the database is away.
    const askAll = async () => {
      for (let subject = waiting.shift(); subject !== undefined; subject = waiting.shift()) {
        for (const ownership of ownershipsOf(endpoint, placed)) {
          complaints.push(...(await complaintsOf(subject, endpoint, placed, ownership)));
        }
      }
    };
    await Promise.all(Array.from({ length: 4 }, askAll));
    const gap = knownGaps[name];
    if (gap === undefined) expect(complaints).toEqual([]);
    else expect(complaints, `${name} is mended: take its line out of gaps.fixture.ts`).not.toEqual([]);
  });
});

async function complaintsOf(
  subject: ActingSubject,
  endpoint: Endpoint,
  placed: PlacedEndpoint,
  ownership: Ownership,
): Promise<string[]> {
  const fresh = placed.spends === true ? await oneByOne(() => subject.signInAgain?.()) : undefined;
  const personal = placed.place === 'self' ? await personalIds(subject, ownership, fresh?.session) : {};
  const ids = { ...world[ownership], ...personal };
  const expected = expectedOf(subject, placed, ownership, endpoint.path.includes(':'));
  const { client } = fresh ?? subject;
  const ask = () => client.request(requestOf(endpoint, placed, ids, world.own));
  const { status, body } = await (placed.commits === true ? ask() : takingBack.run(true, ask));
  asked += 1;
  const got = meaningOf(status, String(body.code));
  const line = `${endpoint.name} as ${subject.name} on ${ownership}: expected ${expected.join(' or ')}, got ${status} ${String(body.code ?? '')} ${String(body.detail ?? '').slice(0, 120)}`;
  if (!expected.includes(got) || status === 500) return [line];
  const seesAll = subject.scope === 'fleet' || placed.place === 'public';
  if (got === 'allowed' && !seesAll && JSON.stringify(body).includes('rival')) {
    return [`${endpoint.name} as ${subject.name} shows what belongs to the other tenant: ${leakOf(body)}`];
  }
  return [];
}

let turn: Promise<unknown> = Promise.resolve();

/** Passwords are hashed by few at once: the rest would be told to come back later. */
function oneByOne<T>(work: () => Promise<T> | undefined): Promise<T | undefined> {
  const next = turn.then(work);
  turn = next.catch(() => {});
  return next;
}

/** A refused password is an answer of the endpoint, not of the door; so is an object that it looked for in a cluster. */
function meaningOf(status: number, code: string): Expected {
  if (status === 401) return code === 'unauthenticated' ? 401 : 'allowed';
  if (code === 'object_not_found') return 'allowed';
  return status === 403 || status === 404 ? status : 'allowed';
}

function leakOf(body: unknown): string {
  const text = JSON.stringify(body);
  return text.slice(Math.max(0, text.indexOf('rival') - 60), text.indexOf('rival') + 60);
}

/** A session and a token of the person who asks, or of somebody else. */
async function personalIds(subject: ActingSubject, ownership: Ownership, session: string | undefined): Promise<Ids> {
  const { ses = '', tok = '' } = world.none;
  if (ownership === 'none' || !subject.signedIn) return { ses, mine: tok };
  const someone = ownership === 'own' ? subject : strangerTo(subject);
  const first = async (url: string) => {
    const { body } = await (someone ?? subject).client.request({ method: 'GET', url });
    return (body.items as { id: string }[] | undefined)?.[0]?.id;
  };
  const spent = ownership === 'own' ? session : undefined;
  return { ses: spent ?? (await first('/me/sessions')) ?? ses, mine: (await first('/me/tokens')) ?? tok };
}

function strangerTo(subject: ActingSubject): ActingSubject | undefined {
  return subjects.find(({ name }) => name === (subject.name === 'nobody' ? 'owner-fleet' : 'nobody'));
}

/** Transactions of a request that runs in here are taken back at their end: the world stays for the next one. */
const takingBack = new AsyncLocalStorage<true>();

class TakenBack extends Error {
  readonly value: unknown;
  constructor(value: unknown) {
    super('taken back');
    this.value = value;
  }
}

function takeBackOnRequest(database: Database): void {
  const real = database.transaction;
  const transaction = async <V>(work: (tx: Transaction) => Promise<V>): Promise<V> => {
    if (takingBack.getStore() === undefined) return real(work);
    try {
      return await real(async (tx) => {
        throw new TakenBack(await work(tx));
      });
    } catch (error) {
      if (error instanceof TakenBack) return error.value as V;
      throw error;
    }
  };
  Object.assign(database, { transaction });
}
