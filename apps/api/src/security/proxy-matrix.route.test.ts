import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { claimAsOwner, createTestApp, type TestApp, testOrigin } from '../testing/test-app.ts';
import { type Expected, expectedOfMapping, type Ownership } from './expected.fixture.ts';
import { placedMappings } from './places.fixture.ts';
import { type ActingSubject, createSubjects } from './subjects.fixture.ts';
import { createWorld, type Ids, silentPort } from './world.fixture.ts';

let test: TestApp;
let world: Record<Ownership, Ids>;
/** Those who come by a browser; tokens and their limits have tests of their own beside the proxy. */
let subjects: ActingSubject[];
let port: number;
let asked = 0;

beforeAll(async () => {
  test = await createTestApp({ clusterAddressAllow: [`127.0.0.1/32:${silentPort}`] });
  const owner = await claimAsOwner(test);
  world = await createWorld(test, owner);
  subjects = (await createSubjects(test, owner, world.own)).filter((subject) => subject.byToken !== true);
  await test.app.listen({ host: '127.0.0.1', port: 0 });
  port = (test.app.server.address() as AddressInfo).port;
});
afterAll(async () => {
  process.stdout.write(`proxy matrix: ${Object.keys(placedMappings).length} mappings, ${asked} requests\n`);
  await test.close();
});

const ownerships = ['own', 'mixed', 'foreign', 'none'] as const;

/** Own cluster and foreign namespace, or both of one world. */
function idsOf(ownership: (typeof ownerships)[number]): { clu: string; ns: string } {
  const { clu = '' } = world[ownership === 'mixed' ? 'own' : ownership];
  const { ns = '' } = world[ownership === 'mixed' ? 'foreign' : ownership];
  return { clu, ns };
}

function headersOf({ client }: ActingSubject): Record<string, string> {
  const cookie = client.cookie ?? '';
  return { origin: testOrigin, ...(cookie === '' ? {} : { cookie }) };
}

function overHttp(subject: ActingSubject, method: string, path: string): Promise<number> {
  const sent = request({
    host: '127.0.0.1',
    port,
    path,
    method,
    headers: {
      ...headersOf(subject),
      ...(method === 'GET' ? {} : { 'content-type': 'application/json', 'content-length': '2' }),
    },
  });
  return new Promise((resolve, reject) => {
    sent.once('response', (response) => {
      response.resume();
      response.once('close', () => resolve(response.statusCode ?? 0));
    });
    sent.once('error', reject);
    sent.end(method === 'GET' ? undefined : '{}');
  });
}

/** By hand: the subprotocol of port-forward is no token that a WebSocket library takes. */
function overWebSocket(subject: ActingSubject, url: string, protocol: string): Promise<number> {
  const upgrade = request({
    host: '127.0.0.1',
    port,
    path: url,
    agent: false,
    headers: {
      ...headersOf(subject),
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
      'sec-websocket-protocol': protocol,
    },
  });
  return new Promise((resolve, reject) => {
    upgrade.once('upgrade', (_response, socket) => {
      socket.destroy();
      resolve(101);
    });
    upgrade.once('response', (response) => {
      response.destroy();
      resolve(response.statusCode ?? 0);
    });
    upgrade.once('error', reject);
    upgrade.end();
  });
}

function meaningOf(status: number): Expected {
  return status === 401 || status === 403 || status === 404 ? status : 'allowed';
}

describe('S08 requests through the cluster proxy', () => {
  it.each(Object.entries(placedMappings))('hold for %s', async (line, mapping) => {
    const [method = '', path = ''] = line.split(' ');
    const complaints: string[] = [];
    for (const subject of subjects) {
      for (const ownership of ownerships) {
        const { clu, ns } = idsOf(ownership);
        const url = `/k8s/clusters/${clu}${path.replace(/\bns\b/, ns)}`;
        const ways = [
          () => overHttp(subject, method, url),
          ...(mapping.ws === undefined ? [] : [() => overWebSocket(subject, url, mapping.ws ?? '')]),
        ];
        for (const way of ways) {
          asked += 1;
          const status = await way();
          const expected = expectedOfMapping(subject, mapping, ownership);
          if (status !== 500 && expected.includes(meaningOf(status))) continue;
          complaints.push(
            `${line} as ${subject.name} on ${ownership}: expected ${expected.join(' or ')}, got ${status}`,
          );
        }
      }
    }
    expect(complaints).toEqual([]);
  });
});
