import { allLiveViews, allStreams, liveSubprotocol, type Permission } from '@quarterdeck/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import { claimAsOwner, createTestApp, type SignedInClient, type TestApp, testOrigin } from '../testing/test-app.ts';
import { pathOf } from './ask.fixture.ts';
import { type Expected, expectedOf, type Ownership } from './expected.fixture.ts';
import { knownGaps } from './gaps.fixture.ts';
import { placedStreams, placedViews } from './places.fixture.ts';
import { type ActingSubject, createSubjects } from './subjects.fixture.ts';
import { createWorld, type Ids, silentPort } from './world.fixture.ts';

type Message = { type: string; id?: string; code?: string };

let test: TestApp;
let owner: SignedInClient;
let world: Record<Ownership, Ids>;
/** Those who come by a browser: nobody else opens these sockets with a cookie. */
let subjects: ActingSubject[];

beforeAll(async () => {
  test = await createTestApp({ clusterAddressAllow: [`127.0.0.1/32:${silentPort}`] });
  owner = await claimAsOwner(test);
  world = await createWorld(test, owner);
  subjects = (await createSubjects(test, owner, world.own)).filter((subject) => subject.byToken !== true);
});
afterAll(() => test.close());

/** An open socket with what has come so far, or the status that refused it. */
async function open(
  path: string,
  subprotocol: string,
  cookie: string,
): Promise<{ socket: WebSocket; messages: Message[] } | number> {
  const headers = { origin: testOrigin, 'sec-websocket-protocol': subprotocol, ...(cookie === '' ? {} : { cookie }) };
  const messages: Message[] = [];
  try {
    const socket = await test.app.injectWS(
      path,
      { headers },
      {
        onInit: (early) => early.on('message', (data) => messages.push(JSON.parse(String(data)) as Message)),
      },
    );
    return { socket, messages };
  } catch (error) {
    return Number(/\d{3}/.exec(String(error))?.[0]);
  }
}

function paramsOf(view: string, ids: Ids): object {
  if (view === 'releases.release') return { id: ids.rel };
  if (view === 'scheduling.drain') return { id: ids.drn };
  if (view === 'pipelines.deliveries') return { project: ids.prj };
  return view === 'inventory.objects' ? { plural: 'pods' } : {};
}

function meaningOf(message: Message): Expected {
  if (message.type !== 'error') return 'allowed';
  if (message.code === 'forbidden') return 403;
  return message.code === 'not_found' ? 404 : 'allowed';
}

describe('live views', () => {
  it('have a place in places.fixture.ts, each', () => {
    expect(Object.keys(placedViews).sort()).toEqual(allLiveViews.map((view) => view.name).sort());
    expect(Object.keys(placedStreams).sort()).toEqual(allStreams.map((stream) => stream.name).sort());
  });

  it.each(Object.entries(placedViews))('hold for %s', async (name, placed) => {
    const complaints: string[] = [];
    for (const subject of subjects) {
      const opened = await open('/api/v1/live', liveSubprotocol, subject.client.cookie ?? '');
      if (typeof opened === 'number') {
        if (subject.signedIn || opened !== 401)
          complaints.push(`${name} as ${subject.name}: the socket answered ${opened}`);
        continue;
      }
      if (!subject.signedIn) complaints.push(`${name} as ${subject.name}: the socket opened`);
      const ownerships: readonly Ownership[] = placed.place === 'list' ? ['own'] : ['own', 'foreign', 'none'];
      for (const ownership of ownerships) {
        const params = paramsOf(name, world[ownership]);
        opened.socket.send(JSON.stringify({ type: 'subscribe', id: ownership, view: name, params }));
      }
      const answerOf = (ownership: Ownership) => opened.messages.find((message) => message.id === ownership);
      await waitFor(() => ownerships.every((ownership) => answerOf(ownership) !== undefined));
      for (const ownership of ownerships) {
        // Who holds it nowhere is told so before anybody looks whether there is such a thing.
        const isNowhere = subject.signedIn && !subject.permissions.has(placed.permission as Permission);
        const expected: readonly Expected[] = isNowhere ? [403] : expectedOf(subject, placed, ownership, true);
        const got = answerOf(ownership);
        if (got !== undefined && expected.includes(meaningOf(got))) continue;
        complaints.push(
          `${name} as ${subject.name} on ${ownership}: expected ${expected.join(' or ')}, got ${JSON.stringify(got)?.slice(0, 160)}`,
        );
      }
      const leaked =
        subject.scope !== 'fleet' && opened.messages.some((message) => JSON.stringify(message).includes('rival-'));
      if (leaked) complaints.push(`${name} as ${subject.name} shows what belongs to the other tenant`);
      opened.socket.terminate();
    }
    expectOrGap(name, complaints);
  });
});

describe('streams', () => {
  it.each(Object.entries(placedStreams))('hold for %s', async (name, placed) => {
    const contract = allStreams.find((stream) => stream.name === name);
    if (contract === undefined) throw new Error(`no stream ${name}`);
    const complaints: string[] = [];
    for (const subject of subjects) {
      const ownerships: readonly Ownership[] = placed.place === 'list' ? ['own'] : ['own', 'foreign', 'none'];
      for (const ownership of ownerships) {
        const path = `/api/v1${pathOf(contract.path, world[ownership])}`;
        const opened = await open(path, contract.subprotocol, subject.client.cookie ?? '');
        const expected = expectedOf(subject, placed, ownership, true);
        // Whoever may not is told before the 101: a socket that opened is one that was allowed.
        const got = typeof opened === 'number' ? opened : 'allowed';
        if (typeof opened !== 'number') opened.socket.terminate();
        if (!expected.includes(got as Expected))
          complaints.push(`${name} as ${subject.name} on ${ownership}: expected ${expected.join(' or ')}, got ${got}`);
      }
    }
    expectOrGap(name, complaints);
  });
});

/** Gives up in the end: an answer that never comes is a finding of its own. */
async function waitFor(isThere: () => boolean): Promise<void> {
  await expect
    .poll(isThere, { interval: 5 })
    .toBe(true)
    .catch(() => {});
}

function expectOrGap(name: string, complaints: readonly string[]): void {
  if (knownGaps[name] === undefined) expect(complaints).toEqual([]);
  else expect(complaints, `${name} is mended: take its line out of gaps.fixture.ts`).not.toEqual([]);
}
