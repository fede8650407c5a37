import type { Endpoint, IdPrefix } from '@quarterdeck/contracts';
import type { InjectOptions } from 'fastify';
import { z } from 'zod';
import type { Ownership } from './expected.fixture.ts';
import type { PlacedEndpoint } from './places.fixture.ts';
import { sampleInput } from './sample-input.fixture.ts';
import type { Ids } from './world.fixture.ts';

/** Which kind of object a path parameter names: by its own name where that says it, else by the segment before it. */
const idOfParameter: Readonly<Record<string, string>> = {
  namespace: 'ns',
  pod: 'pod',
  node: 'pod',
  environment: 'env',
  target: 'tgt',
  token: 'tok',
  user: 'usr',
  session: 'userSession',
  group: 'group',
  plural: 'plural',
  name: 'pod',
};
const idOfSharedSegment: Readonly<Record<string, string>> = {
  clusters: 'clu',
  projects: 'prj',
  applications: 'app',
  releases: 'rel',
  'template-versions': 'tpv',
  templates: 'tpl',
  'service-accounts': 'sva',
  tokens: 'tok',
  'trust-rules': 'tru',
  sessions: 'ses',
  users: 'usr',
  groups: 'grp',
  roles: 'rol',
  grants: 'grt',
  providers: 'idp',
  'identity-providers': 'idp',
  audit: 'aud',
  views: 'viw',
  'pipeline-connections': 'con',
  hooks: 'hok',
  'deploy-triggers': 'trg',
  deliveries: 'dlv',
  'outbound-effects': 'eff',
  environments: 'env',
  'freeze-windows': 'frz',
  debts: 'dbt',
  'rejected-digests': 'rjd',
  evacuations: 'eva',
  drains: 'drn',
  'field-rules': 'fru',
  dependencies: 'app',
  'ci-deployments': 'rel',
};

/** Below `/me`. */
const idOfOwnSegment: Readonly<Record<string, string>> = { sessions: 'ses', tokens: 'mine' };

/** The path with the ids of a world in place of its parameters. */
export function pathOf(path: string, ids: Ids): string {
  const parts = path.split('/');
  const idOfSegment = parts[1] === 'me' ? idOfOwnSegment : idOfSharedSegment;
  return parts
    .map((part, index) => {
      if (!part.startsWith(':')) return part;
      // A kind of the world is no workload: it would be refused before anything is asked.
      if (part === ':plural' && parts[index - 1] === 'workloads') return 'deployments';
      const key = idOfParameter[part.slice(1)] ?? idOfSegment[parts[index - 1] ?? ''];
      const id = key === undefined ? undefined : ids[key];
      if (id !== undefined) return encodeURIComponent(id);
      throw new Error(
        `${path}: what ${part} names is not in the world. Say it in apps/api/src/security/ask.fixture.ts and make one in world.fixture.ts.`,
      );
    })
    .join('/');
}

/** A request that the contract of the endpoint takes, about the objects of one world. */
export function requestOf(
  endpoint: Endpoint,
  placed: PlacedEndpoint,
  ids: Ids,
  own: Ids,
): InjectOptions & { url: string } {
  const idOf = (prefix: IdPrefix) => ids[prefix] ?? '';
  const query = endpoint.query === undefined ? {} : scalars(sampleInput(endpoint.query, idOf));
  const search = new URLSearchParams(query).toString();
  return {
    method: endpoint.method,
    url: `${pathOf(endpoint.path, ids)}${search === '' ? '' : `?${search}`}`,
    ...bodyOf(endpoint, { ...placed.body?.(ids, own) }, idOf),
  };
}

function bodyOf(
  endpoint: Endpoint,
  placed: object,
  idOf: (prefix: IdPrefix) => string,
): Pick<InjectOptions, 'payload' | 'headers'> {
  if (endpoint.body === undefined) return {};
  const payload = { ...(sampleInput(endpoint.body, idOf) as object), ...placed };
  if (endpoint.form !== true) return { payload };
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return { payload: new URLSearchParams(scalars(payload)).toString(), headers };
}

function scalars(value: unknown): Record<string, string> {
  const record = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).safeParse(value);
  return Object.fromEntries(
    Object.entries(record.success ? record.data : {}).map(([key, item]) => [key, String(item)]),
  );
}

/** The ownerships that make a difference: without an id there is one way to ask. */
export function ownershipsOf(
  endpoint: Pick<Endpoint, 'path' | 'body'>,
  { place }: PlacedEndpoint,
): readonly Ownership[] {
  if (place === 'public') return /:\w/.test(endpoint.path) ? ['own', 'none'] : ['own'];
  // Names alone, as of a workload over all clusters, only narrow a list.
  if (place === 'list') return /:id\b/.test(endpoint.path) ? ['own', 'none'] : ['own'];
  if (place === 'fleet') return /:\w/.test(endpoint.path) ? ['own', 'none'] : ['own'];
  if (place === 'self') return /:\w/.test(endpoint.path) ? ['own', 'foreign', 'none'] : ['own'];
  return ['own', 'foreign', 'none'];
}
