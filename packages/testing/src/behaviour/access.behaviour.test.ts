import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { waitFor } from '../control-plane/wait-for.ts';
import { configMap, type Kube, makeNamespace, refusal } from './cases.fixture.ts';
import { attachBothFleets, describeFleets, stopFleets, type TestCluster } from './test-fleet.ts';

const fleets = await attachBothFleets(inject('sharedFleet'));
afterAll(() => stopFleets(fleets));

const namespace = 'behaviour-access';
const core = `/api/v1/namespaces/${namespace}`;
const rbac = '/apis/rbac.authorization.k8s.io/v1';
const inside = `${rbac}/namespaces/${namespace}`;
const apiGroup = 'rbac.authorization.k8s.io';

const bindingTo = (name: string, role: string, group: string, kind = 'ClusterRole') => ({
  metadata: { name },
  roleRef: { apiGroup, kind, name: role },
  subjects: [{ apiGroup, kind: 'Group', name: group }],
});
const as = (...groups: string[]) => ({ headers: { 'impersonate-user': 'suite-user', 'impersonate-group': groups } });

describeFleets(fleets, 'access to a $kind cluster', ({ clusters }) => {
  const [cluster] = clusters as [TestCluster];
  const clusterWide: string[] = [];
  beforeAll(async () => {
    await makeNamespace(cluster, namespace);
    await clusterRole('suite-reader', [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list'] }]);
  });
  afterAll(async () => {
    for (const path of clusterWide) await cluster.request('DELETE', path);
    await cluster?.request('DELETE', `/api/v1/namespaces/${namespace}`);
  });

  async function clusterRole(name: string, rules: object[], more: object = {}): Promise<void> {
    await cluster.request('POST', `${rbac}/clusterroles`, { metadata: { name, ...more }, rules });
    clusterWide.push(`${rbac}/clusterroles/${name}`);
  }
  async function bindEverywhere(name: string, role: string, group: string): Promise<void> {
    await cluster.request('POST', `${rbac}/clusterrolebindings`, bindingTo(name, role, group));
    clusterWide.push(`${rbac}/clusterrolebindings/${name}`);
  }
  /** RBAC is read from a cache that follows a moment later. */
  const allowed = (method: string, path: string, options: object, body?: unknown) =>
    waitFor(
      `${method} ${path} to be allowed`,
      async () => (await cluster.request(method, path, body, options)) ?? true,
    );

  it('refuses who has no right, naming user, verb, kind and place', async () => {
    expect(await refusal(cluster.request('GET', `${core}/configmaps`, undefined, as('suite-nobody')))).toMatchObject({
      status: 403,
      reason: 'Forbidden',
      message: `configmaps is forbidden: User "suite-user" cannot list resource "configmaps" in API group "" in the namespace "${namespace}"`,
      details: { kind: 'configmaps' },
    });
    expect(
      await refusal(
        cluster.request('DELETE', `/apis/apps/v1/namespaces/${namespace}/deployments/x`, undefined, as('suite-nobody')),
      ),
    ).toMatchObject({
      message: `deployments.apps "x" is forbidden: User "suite-user" cannot delete resource "deployments" in API group "apps" in the namespace "${namespace}"`,
    });
    expect(await refusal(cluster.request('GET', '/api/v1/nodes', undefined, as('suite-nobody')))).toMatchObject({
      message:
        'nodes is forbidden: User "suite-user" cannot list resource "nodes" in API group "" at the cluster scope',
    });
    expect(await refusal(cluster.request('GET', `${core}/pods/x/log`, undefined, as('suite-nobody')))).toMatchObject({
      message: `pods "x" is forbidden: User "suite-user" cannot get resource "pods/log" in API group "" in the namespace "${namespace}"`,
    });
  });

  it('lets a group do what is bound to it, inside the namespace of the binding', async () => {
    await cluster.request('POST', `${inside}/rolebindings`, bindingTo('readers', 'suite-reader', 'suite-readers'));
    await allowed('GET', `${core}/configmaps`, as('suite-readers'));
    expect(
      (await refusal(cluster.request('GET', '/api/v1/namespaces/default/configmaps', undefined, as('suite-readers'))))
        .status,
    ).toBe(403);
    expect((await refusal(cluster.request('GET', '/api/v1/configmaps', undefined, as('suite-readers')))).status).toBe(
      403,
    );
    expect(
      (await refusal(cluster.request('POST', `${core}/configmaps`, configMap('x'), as('suite-readers')))).status,
    ).toBe(403);
  });

  it('holds a rule to the names in it', async () => {
    await cluster.request('POST', `${inside}/roles`, {
      metadata: { name: 'one' },
      rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['get', 'list'], resourceNames: ['meant'] }],
    });
    await cluster.request('POST', `${inside}/rolebindings`, bindingTo('one', 'one', 'suite-one', 'Role'));
    await cluster.request('POST', `${core}/secrets`, { metadata: { name: 'meant' } });
    await allowed('GET', `${core}/secrets/meant`, as('suite-one'));
    expect((await refusal(cluster.request('GET', `${core}/secrets/other`, undefined, as('suite-one')))).status).toBe(
      403,
    );
    expect((await refusal(cluster.request('GET', `${core}/secrets`, undefined, as('suite-one')))).status).toBe(403);
  });

  it('takes an asterisk before a slash for every kind, and a kind for none of its subresources', async () => {
    await clusterRole('suite-logs', [{ apiGroups: [''], resources: ['*/log'], verbs: ['get'] }]);
    await bindEverywhere('suite-logs', 'suite-logs', 'suite-logs');
    const mayGet = async (resource: string, subresource?: string) => {
      const review = await cluster.request<Kube>(
        'POST',
        '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
        {
          apiVersion: 'authorization.k8s.io/v1',
          kind: 'SelfSubjectAccessReview',
          spec: { resourceAttributes: { verb: 'get', resource, subresource, namespace } },
        },
        as('suite-logs'),
      );
      return review.status?.allowed === true;
    };
    await waitFor('the right to read logs', async () => (await mayGet('pods', 'log')) || undefined);
    expect(await mayGet('services', 'log')).toBe(true);
    expect(await mayGet('pods', 'status')).toBe(false);
    expect(await mayGet('pods')).toBe(false);
  });

  it('joins a role from those that its labels name, also those that come later', async () => {
    const label = { 'suite.example.com/aggregate-to-whole': 'true' };
    await cluster.request('POST', `${rbac}/clusterroles`, {
      metadata: { name: 'suite-whole' },
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: label }] },
    });
    clusterWide.push(`${rbac}/clusterroles/suite-whole`);
    await clusterRole('suite-part', [{ apiGroups: [''], resources: ['services'], verbs: ['list'] }], { labels: label });
    await bindEverywhere('suite-whole', 'suite-whole', 'suite-whole');
    await allowed('GET', '/api/v1/services', as('suite-whole'));
    await clusterRole('suite-late', [{ apiGroups: [''], resources: ['endpoints', 'nodes'], verbs: ['list'] }], {
      labels: label,
    });
    await allowed('GET', '/api/v1/nodes', as('suite-whole'));
  });

  it('grants nobody what they do not hold, but for roles they may bind', async () => {
    await clusterRole('suite-binder', [
      { apiGroups: [apiGroup], resources: ['roles', 'rolebindings'], verbs: ['create'] },
      { apiGroups: [apiGroup], resources: ['clusterroles'], verbs: ['bind'], resourceNames: ['suite-reader'] },
    ]);
    await bindEverywhere('suite-binder', 'suite-binder', 'suite-binders');
    const bind = (role: string) =>
      cluster.request('POST', `${inside}/rolebindings`, bindingTo(`bound-${role}`, role, 'x'), as('suite-binders'));
    await waitFor('the right to bind', async () => (await bind('suite-reader')) ?? true);
    expect(await refusal(bind('cluster-admin'))).toMatchObject({
      status: 403,
      message:
        'rolebindings.rbac.authorization.k8s.io "bound-cluster-admin" is forbidden: user "suite-user" (groups=["suite-binders" "system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:["*"], Resources:["*"], Verbs:["*"]}\n{NonResourceURLs:["*"], Verbs:["*"]}',
    });
    const role = { metadata: { name: 'too-much' }, rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }] };
    expect(await refusal(cluster.request('POST', `${inside}/roles`, role, as('suite-binders')))).toMatchObject({
      status: 403,
      message: expect.stringContaining(
        'is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["pods"], Verbs:["get"]}',
      ),
    });
    const change = { roleRef: { name: 'view' } };
    expect(await refusal(cluster.request('PATCH', `${inside}/rolebindings/bound-suite-reader`, change))).toMatchObject({
      status: 422,
      message: expect.stringContaining('cannot change roleRef'),
    });
  });

  it('lets a credential speak for those that it is told, and for no others', async () => {
    const token = await cluster.createToken(namespace, 'speaker');
    await clusterRole('suite-speaker', [
      { apiGroups: [''], resources: ['users'], verbs: ['impersonate'], resourceNames: ['suite-user'] },
      {
        apiGroups: [''],
        resources: ['groups'],
        verbs: ['impersonate'],
        resourceNames: ['suite-readers', 'suite-nobody'],
      },
      {
        apiGroups: ['authentication.k8s.io'],
        resources: ['uids', 'userextras/suite.example.com'],
        verbs: ['impersonate'],
      },
    ]);
    await cluster.request('POST', `${rbac}/clusterrolebindings`, {
      ...bindingTo('suite-speaker', 'suite-speaker', ''),
      subjects: [{ kind: 'ServiceAccount', name: 'speaker', namespace }],
    });
    clusterWide.push(`${rbac}/clusterrolebindings/suite-speaker`);
    const speak = (headers: Record<string, string>) => ({
      token,
      headers: { ...as('suite-readers').headers, ...headers },
    });
    await allowed('GET', `${core}/configmaps`, speak({}));
    const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
    const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
    const full = speak({ 'impersonate-uid': 'u-1', 'impersonate-extra-suite.example.com': 'said' });
    expect(await cluster.request('POST', path, review, full)).toMatchObject({
      kind: 'SelfSubjectReview',
      status: {
        userInfo: {
          username: 'suite-user',
          uid: 'u-1',
          groups: ['suite-readers', 'system:authenticated'],
          extra: { 'suite.example.com': ['said'] },
        },
      },
    });
    const denied = async (headers: Record<string, string>) =>
      (await refusal(cluster.request('GET', `${core}/configmaps`, undefined, speak(headers)))).message;
    const self = `User "system:serviceaccount:${namespace}:speaker" cannot impersonate resource`;
    expect(await denied({ 'impersonate-user': 'root' })).toBe(
      `users "root" is forbidden: ${self} "users" in API group "" at the cluster scope`,
    );
    expect(await denied({ 'impersonate-group': 'system:masters' })).toBe(
      `groups "system:masters" is forbidden: ${self} "groups" in API group "" at the cluster scope`,
    );
    expect((await refusal(cluster.request('GET', `${core}/configmaps`, undefined, { token }))).status).toBe(403);
  });

  it('refuses groups without a user', async () => {
    const answer = await refusal(
      cluster.request('GET', `${core}/configmaps`, undefined, { headers: { 'impersonate-group': 'g' } }),
    );
    expect(answer).toMatchObject({ status: 500, message: expect.stringContaining('without impersonating a user') });
  });

  it.each([
    ['suite-readers', { verb: 'list', resource: 'configmaps', namespace }, true],
    ['suite-readers', { verb: 'list', resource: 'configmaps', namespace: 'default' }, false],
    ['suite-one', { verb: 'get', resource: 'secrets', namespace, name: 'meant' }, true],
    ['suite-one', { verb: 'list', resource: 'secrets', namespace }, false],
    ['suite-nobody', { verb: 'get', resource: 'pods', subresource: 'log', namespace }, false],
  ])('answers the review of %s about %j with %s', async (group, resourceAttributes, answer) => {
    const review = await cluster.request<Kube>(
      'POST',
      '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
      { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec: { resourceAttributes } },
      as(group),
    );
    expect(review).toMatchObject({ kind: 'SelfSubjectAccessReview', status: { allowed: answer } });
  });

  const ask = (group: string, plural: string, spec: object, options: object = {}) =>
    cluster.request<Kube>('POST', `/apis/${group}/v1/${plural}`, { spec }, options);

  it('answers who looks after others, and nobody else, what somebody may do', async () => {
    const resourceAttributes = { verb: 'list', resource: 'configmaps', namespace };
    const about = (...groups: string[]) => ({ user: 'suite-user', groups, resourceAttributes });
    const review = (spec: object, options?: object) =>
      ask('authorization.k8s.io', 'subjectaccessreviews', spec, options);
    expect((await review(about('suite-readers'))).status).toMatchObject({ allowed: true });
    expect((await review(about('suite-nobody'))).status).toMatchObject({ allowed: false });
    expect((await refusal(review(about('suite-readers'), as('suite-readers')))).status).toBe(403);
  });

  it('tells somebody their own rules in a namespace', async () => {
    const { status } = await ask('authorization.k8s.io', 'selfsubjectrulesreviews', { namespace }, as('suite-readers'));
    expect(status).toMatchObject({ incomplete: false });
    expect(status?.resourceRules).toContainEqual(
      expect.objectContaining({ apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list'] }),
    );
  });

  it('tells whose a token is', async () => {
    const token = await cluster.createToken(namespace, 'asked-about');
    const review = (text: string) => ask('authentication.k8s.io', 'tokenreviews', { token: text });
    expect((await review(token)).status).toMatchObject({
      authenticated: true,
      user: {
        username: `system:serviceaccount:${namespace}:asked-about`,
        groups: expect.arrayContaining(['system:serviceaccounts', 'system:authenticated']),
      },
    });
    const unknown = (await review('made-up')).status;
    expect(unknown).not.toHaveProperty('authenticated');
  });

  it('gives an account a token by request, and fills the one of its Secret', async () => {
    await cluster.request('POST', `${core}/serviceaccounts`, { metadata: { name: 'robot' } });
    const asked = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 3600 } };
    const given = await cluster.request<{ status: { token: string; expirationTimestamp: string } }>(
      'POST',
      `${core}/serviceaccounts/robot/token`,
      asked,
    );
    expect(Date.parse(given.status.expirationTimestamp) - Date.now()).toBeGreaterThan(3500_000);
    const claims = JSON.parse(Buffer.from(given.status.token.split('.')[1] ?? '', 'base64url').toString()) as {
      sub: string;
      exp: number;
    };
    expect(claims).toMatchObject({
      sub: `system:serviceaccount:${namespace}:robot`,
      exp: Date.parse(given.status.expirationTimestamp) / 1000,
    });
    await cluster.request('POST', `${core}/secrets`, {
      metadata: { name: 'robot', annotations: { 'kubernetes.io/service-account.name': 'robot' } },
      type: 'kubernetes.io/service-account-token',
    });
    const secret = await waitFor('the token of the Secret', async () => {
      const { data } = await cluster.request<{ data?: { token?: string } }>('GET', `${core}/secrets/robot`);
      return data?.token;
    });
    for (const token of [given.status.token, Buffer.from(secret, 'base64').toString()]) {
      const { status } = await cluster.request<Kube>(
        'POST',
        '/apis/authentication.k8s.io/v1/selfsubjectreviews',
        {},
        { token },
      );
      expect(status).toMatchObject({
        userInfo: {
          username: `system:serviceaccount:${namespace}:robot`,
          groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
        },
      });
    }
  });
});
