import { apiVersionOf, type Kind } from '../objects/kinds.ts';
import type { Json } from '../objects/types.ts';
import { metricsGroup } from './metrics.ts';
import { reviewKinds } from './reviews.ts';
import { subresourcesOf } from './subresources.ts';

/** The version whose behaviour this is: the one the test control planes run. */
export const version = {
  major: '1',
  minor: '34',
  gitVersion: 'v1.34.4',
  gitTreeState: 'clean',
  platform: 'linux/amd64',
  compiler: 'gc',
};

const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
/** By this type clients tell the aggregated answer from the plain one. */
export const aggregatedType = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/** The answer of a discovery path; `undefined` when it is none. */
export function discover(path: string, accept: string, kinds: readonly Kind[]): Json | undefined {
  const isAggregated = accept.includes('as=APIGroupDiscoveryList');
  if (path === '/api') {
    if (isAggregated) return aggregated([''], kinds);
    return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] };
  }
  const names = groupNames(kinds);
  if (path === '/apis') {
    if (isAggregated) return aggregated(names, kinds);
    return { kind: 'APIGroupList', apiVersion: 'v1', groups: names.map((name) => groupOf(name, kinds)) };
  }
  if (path === '/api/v1') return resourceList('', 'v1', kinds);
  const group = names.find((name) => path === `/apis/${name}`);
  if (group !== undefined) return { kind: 'APIGroup', apiVersion: 'v1', ...groupOf(group, kinds) };
  const served = names.find((name) => path === `/apis/${name}/${versionOf(name, kinds)}`);
  return served === undefined ? undefined : resourceList(served, `${served}/${versionOf(served, kinds)}`, kinds);
}

function groupNames(kinds: readonly Kind[]): string[] {
  const stored = kinds.map(({ group }) => group).filter((group) => group !== '');
  return [...new Set([...stored, ...reviewKinds.map(({ group }) => group)])];
}

function versionOf(group: string, kinds: readonly Kind[]): string {
  return kinds.find((kind) => kind.group === group)?.version ?? 'v1';
}

function groupOf(name: string, kinds: readonly Kind[]): Json {
  const version = { groupVersion: `${name}/${versionOf(name, kinds)}`, version: versionOf(name, kinds) };
  return { name, versions: [version], preferredVersion: version };
}

function resourceList(group: string, groupVersion: string, kinds: readonly Kind[]): Json {
  const own = kinds.filter((kind) => kind.group === group);
  const stored = own.map(({ plural, kind, namespaced, shortName }) => ({
    name: plural,
    singularName: kind.toLowerCase(),
    namespaced,
    kind,
    verbs: verbsOf(group),
    ...shortNamesOf(shortName),
  }));
  const reviews = reviewKinds
    .filter((each) => each.group === group)
    .map(({ plural, kind }) => ({
      name: plural,
      singularName: kind.toLowerCase(),
      namespaced: false,
      kind,
      verbs: ['create'],
    }));
  const below = own.flatMap((kind) =>
    subresourcesOf(kind).map(({ name, verbs: of, responseKind }) => ({
      name: `${kind.plural}/${name}`,
      singularName: '',
      namespaced: kind.namespaced,
      ...(responseKind ?? { kind: kind.kind }),
      verbs: of,
    })),
  );
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources: [...stored, ...reviews, ...below] };
}

function aggregated(groups: readonly string[], kinds: readonly Kind[]): Json {
  const resource = (kind: Kind) => ({
    resource: kind.plural,
    responseKind: { group: kind.group, version: kind.version, kind: kind.kind },
    scope: kind.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: kind.kind.toLowerCase(),
    verbs: verbsOf(kind.group),
    ...shortNamesOf(kind.shortName),
    ...belowOf(kind),
  });
  const items = groups.map((name) => ({
    metadata: name === '' ? {} : { name },
    versions: [
      {
        version: versionOf(name, kinds),
        resources: [
          ...kinds.filter(({ group }) => group === name).map(resource),
          ...reviewKinds.filter(({ group }) => group === name).map(reviewResource),
        ],
        freshness: 'Current',
      },
    ],
  }));
  return { kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', metadata: {}, items };
}

function reviewResource({ group, plural, kind }: (typeof reviewKinds)[number]): Json {
  return {
    resource: plural,
    responseKind: { group, version: 'v1', kind },
    scope: 'Cluster',
    singularResource: kind.toLowerCase(),
    verbs: ['create'],
  };
}

function verbsOf(group: string): readonly string[] {
  return group === metricsGroup ? ['get', 'list'] : verbs;
}

function belowOf(kind: Kind): Json {
  const subresources = subresourcesOf(kind).map(({ name, verbs: of, responseKind }) => ({
    subresource: name,
    responseKind: responseKind ?? { group: kind.group, version: kind.version, kind: kind.kind },
    verbs: of,
  }));
  return subresources.length === 0 ? {} : { subresources };
}

function shortNamesOf(shortName: string | undefined): Json {
  return shortName === undefined ? {} : { shortNames: [shortName] };
}

export function listKindOf(kind: Kind): { kind: string; apiVersion: string } {
  return { kind: `${kind.kind}List`, apiVersion: apiVersionOf(kind) };
}
