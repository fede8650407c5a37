import { apiVersionOf, type Kind, kinds } from '../objects/kinds.ts';
import type { Json } from '../objects/types.ts';

/** The version whose behaviour this is: the one the test control planes run. */
export const version = {
  major: '1',
  minor: '34',
  gitVersion: 'v1.34.4',
  gitTreeState: 'clean',
  platform: 'linux/amd64',
  compiler: 'gc',
};

const verbs = ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'];
const reviewGroups = [
  { group: 'authentication.k8s.io', plural: 'selfsubjectreviews', kind: 'SelfSubjectReview' },
  { group: 'authorization.k8s.io', plural: 'selfsubjectaccessreviews', kind: 'SelfSubjectAccessReview' },
];

const coreSubresources = [
  { name: 'pods/log', singularName: '', namespaced: true, kind: 'Pod', verbs: ['get'] },
  {
    name: 'serviceaccounts/token',
    singularName: '',
    namespaced: true,
    group: 'authentication.k8s.io',
    version: 'v1',
    kind: 'TokenRequest',
    verbs: ['create'],
  },
];

/** By this type clients tell the aggregated answer from the plain one. */
export const aggregatedType = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/** The answer of a discovery path; `undefined` when it is none. */
export function discover(path: string, accept: string): Json | undefined {
  const isAggregated = accept.includes('as=APIGroupDiscoveryList');
  if (path === '/api') {
    if (isAggregated) return aggregated(['']);
    return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] };
  }
  if (path === '/apis') {
    const names = groupNames();
    if (isAggregated) return aggregated(names);
    return { kind: 'APIGroupList', apiVersion: 'v1', groups: names.map(groupOf) };
  }
  const group = groupNames().find((name) => path === `/apis/${name}`);
  if (group !== undefined) return { kind: 'APIGroup', apiVersion: 'v1', ...groupOf(group) };
  const served = groupNames().find((name) => path === `/apis/${name}/${versionOf(name)}`);
  if (path === '/api/v1') return resourceList('', 'v1');
  return served === undefined ? undefined : resourceList(served, `${served}/${versionOf(served)}`);
}

function groupNames(): string[] {
  const stored = kinds.map(({ group }) => group).filter((group) => group !== '');
  return [...new Set([...stored, ...reviewGroups.map(({ group }) => group)])];
}

function versionOf(group: string): string {
  return kinds.find((kind) => kind.group === group)?.version ?? 'v1';
}

function groupOf(name: string): Json {
  const version = { groupVersion: `${name}/${versionOf(name)}`, version: versionOf(name) };
  return { name, versions: [version], preferredVersion: version };
}

function resourceList(group: string, groupVersion: string): Json {
  const stored = kinds
    .filter((kind) => kind.group === group)
    .map(({ plural, kind, namespaced, shortName }) => ({
      name: plural,
      singularName: kind.toLowerCase(),
      namespaced,
      kind,
      verbs,
      ...shortNamesOf(shortName),
    }));
  const reviews = reviewGroups
    .filter((each) => each.group === group)
    .map(({ plural, kind }) => ({
      name: plural,
      singularName: kind.toLowerCase(),
      namespaced: false,
      kind,
      verbs: ['create'],
    }));
  const below = group === '' ? coreSubresources : [];
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources: [...stored, ...reviews, ...below] };
}

function aggregated(groups: readonly string[]): Json {
  const resource = (kind: Kind) => ({
    resource: kind.plural,
    responseKind: { group: kind.group, version: kind.version, kind: kind.kind },
    scope: kind.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: kind.kind.toLowerCase(),
    verbs,
    ...shortNamesOf(kind.shortName),
  });
  const items = groups.map((name) => ({
    metadata: name === '' ? {} : { name },
    versions: [
      {
        version: versionOf(name),
        resources: kinds.filter(({ group }) => group === name).map(resource),
        freshness: 'Current',
      },
    ],
  }));
  return { kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', metadata: {}, items };
}

function shortNamesOf(shortName: string | undefined): Json {
  return shortName === undefined ? {} : { shortNames: [shortName] };
}

export function listKindOf(kind: Kind): { kind: string; apiVersion: string } {
  return { kind: `${kind.kind}List`, apiVersion: apiVersionOf(kind) };
}
