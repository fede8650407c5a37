import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import {
  buildManifest,
  deleteCommand,
  impersonatedGroups,
  manifestYaml,
  manualSteps,
  missingRulesYaml,
  names,
  superfluousObjects,
} from './manifest.ts';
import type { PolicyRule } from './manifest-types.ts';

const kinds = [
  { group: '', resource: 'pods' },
  { group: '', resource: 'nodes' },
  { group: 'apps', resource: 'deployments' },
];
const { impersonator } = names;
const objects = buildManifest({ kinds });
const rulesOf = (name: string) =>
  (objects.find((object) => object.metadata.name === name)?.rules ?? []) as PolicyRule[];

describe('the onboarding manifest', () => {
  it('is plain YAML of the same objects, without anchors', () => {
    const text = manifestYaml(objects);
    expect(parseAllDocuments(text).map((document) => document.toJS())).toEqual(objects);
    expect(text).not.toMatch(/: [&*]a\d/);
  });

  it('lets our account do nothing but speak for listed names, none of them of Kubernetes', () => {
    const rules = rulesOf('quarterdeck-impersonator');
    expect(new Set(rules.flatMap((rule) => rule.verbs))).toEqual(new Set(['impersonate']));
    for (const rule of rules.filter((each) => each.apiGroups?.[0] === '')) {
      expect(rule.resourceNames?.length).toBeGreaterThan(0);
      expect(rule.resourceNames?.filter((name) => !name.startsWith('quarterdeck:'))).toEqual([]);
    }
    const bound = objects.filter((object) => JSON.stringify(object.subjects ?? []).includes('ServiceAccount'));
    expect(bound.map((object) => object.metadata.name)).toEqual(['quarterdeck-impersonator']);
  });

  it('lists the fleet groups and four rungs for each of 128 projects', () => {
    expect(impersonatedGroups()).toHaveLength(6 + 128 * 4);
    expect(impersonatedGroups()).toEqual(
      expect.arrayContaining(['quarterdeck:p001:viewers', 'quarterdeck:p128:admins']),
    );
  });

  it('lets no rung impersonate, and none but admins mint tokens', () => {
    for (const object of objects.filter((each) => each.metadata.name !== 'quarterdeck-impersonator')) {
      const rules = (object.rules ?? []) as PolicyRule[];
      expect(rules.filter((rule) => rule.verbs.includes('impersonate') || rule.verbs.includes('*'))).toEqual([]);
    }
    const minting = objects.filter((object) => JSON.stringify(object.rules ?? []).includes('serviceaccounts/token'));
    expect(minting.map((object) => object.metadata.name)).toEqual([
      'quarterdeck-token-renewal',
      'quarterdeck-admins-base',
    ]);
  });

  it('lets viewers read of pods only log and status', () => {
    const pods = rulesOf('quarterdeck-viewers-base').flatMap((rule) => rule.resources ?? []);
    expect(pods.filter((resource) => resource.startsWith('pods'))).toEqual(['pods', 'pods/log', 'pods/status', 'pods']);
  });

  it('makes inventory rights from the kinds, grouped, with RBAC', () => {
    expect(rulesOf('quarterdeck-inventory-base')).toMatchObject([
      { apiGroups: [''], resources: ['nodes', 'pods'], verbs: ['get', 'list', 'watch'] },
      { apiGroups: ['apps'], resources: ['deployments'] },
      { apiGroups: ['rbac.authorization.k8s.io'], resources: expect.arrayContaining(['roles']) },
    ]);
  });

  it('prints extra rules as one role that ours takes up by its label', () => {
    expect(missingRulesYaml('inventory', [{ apiGroups: ['x.io'], resources: ['y'], verbs: ['list'] }])).toContain(
      'quarterdeck.dev/aggregate-to-inventory: "true"',
    );
  });

  it('prints kubectl lines that a shell reads as they are meant', () => {
    expect(manualSteps("it's; rm").applyCommand).toBe(
      `kubectl --context 'it'\\''s; rm' apply --server-side -f quarterdeck-onboarding.yaml`,
    );
    expect(manualSteps().tokenCommand).toContain('get secret quarterdeck-token');
  });
});

describe('the manifest of another profile', () => {
  const strict = buildManifest({ kinds, profile: { people: 'groups-only', bindings: 'strict' } });
  const rules = (of: typeof objects, name: string) =>
    (of.find((object) => object.metadata.name === name)?.rules ?? []) as PolicyRule[];

  it('strict binds none of our rungs, lets nobody bind them, and lists no group of the whole cluster', () => {
    const text = JSON.stringify(strict);
    expect(text).not.toContain('"bind"');
    for (const rung of ['viewers', 'deployers', 'operators', 'admins']) {
      expect(text).not.toContain(`"quarterdeck:${rung}"`);
      // The roles themselves stay: the owner's bindings refer to them.
      expect(strict.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toContain(
        `ClusterRole quarterdeck-${rung}`,
      );
    }
    const bindings = strict.filter(({ kind }) => kind === 'ClusterRoleBinding').map(({ metadata }) => metadata.name);
    expect(bindings).toEqual(['quarterdeck-impersonator', 'quarterdeck-inventory', 'quarterdeck-members']);
    expect(text).toContain('quarterdeck:p128:admins');
  });

  it('strict says what the managed one leaves behind', () => {
    const left = superfluousObjects({ kinds, profile: { people: 'groups-only', bindings: 'strict' } });
    expect(left.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
      'ClusterRole quarterdeck-worker',
      'ClusterRoleBinding quarterdeck-worker',
      ...['viewers', 'deployers', 'operators', 'admins'].map((rung) => `ClusterRoleBinding quarterdeck-${rung}`),
    ]);
    expect(superfluousObjects({ kinds })).toEqual([]);
    expect(deleteCommand(left.slice(0, 2))).toBe(
      'kubectl delete clusterrole/quarterdeck-worker clusterrolebinding/quarterdeck-worker',
    );
  });

  it('named may speak for any user, and for no more groups than before', () => {
    const named = rules(buildManifest({ kinds, profile: { people: 'named', bindings: 'managed' } }), impersonator);
    expect(named.find(({ resources }) => resources?.includes('users'))).not.toHaveProperty('resourceNames');
    expect(named.find(({ resources }) => resources?.includes('groups'))).toEqual(
      rulesOf(impersonator).find(({ resources }) => resources?.includes('groups')),
    );
  });

  it('bounded has no plain impersonation, which a cluster would fall back to, and names what it is for', () => {
    const bounded = rules(buildManifest({ kinds, profile: { people: 'bounded', bindings: 'managed' } }), impersonator);
    const verbs = new Set(bounded.flatMap((rule) => rule.verbs));
    expect(verbs).not.toContain('impersonate');
    for (const verb of verbs) expect(verb).toMatch(/^impersonate:user-info$|^impersonate-on:user-info:[a-z]+$/);
    const may = (resource: string) =>
      bounded.filter(({ resources }) => resources?.includes(resource)).flatMap((rule) => rule.verbs);
    expect(may('pods')).toContain('impersonate-on:user-info:list');
    expect(may('selfsubjectaccessreviews')).toEqual(['impersonate-on:user-info:create']);
    // What our roles never do, nobody does through us: cluster-wide roles are read and no more.
    expect(may('clusterrolebindings').filter((verb) => /create|update|patch|delete/.test(verb))).toEqual([]);
  });
});
