import { createAuthority } from '@quarterdeck/testing';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { credentialExpiry } from './credential-expiry.ts';
import { parseDirectAccess } from './direct-access.ts';
import { parseKubeconfig } from './kubeconfig.ts';

const authority = await createAuthority('authority');
const client = await authority.issueClient('someone', ['group']);
const base64 = (value: string) => Buffer.from(value).toString('base64');

function kubeconfig(change: { cluster?: object; user?: object; context?: object } = {}): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'shop',
    clusters: [
      {
        name: 'c',
        cluster: {
          server: 'https://api.example:6443/',
          'certificate-authority-data': base64(authority.certPem),
          ...change.cluster,
        },
      },
    ],
    users: [{ name: 'u', user: change.user ?? { token: 'secret-token' } }],
    contexts: [{ name: 'shop', context: { cluster: 'c', user: 'u', namespace: 'n', ...change.context } }],
  });
}

const verdictOf = (text: string) => parseKubeconfig(text).contexts[0];

describe('a kubeconfig that can be used', () => {
  it('gives server, CA and token of each context', () => {
    expect(parseKubeconfig(kubeconfig())).toEqual({
      currentContext: 'shop',
      contexts: [
        {
          context: 'shop',
          cluster: 'c',
          namespace: 'n',
          address: { server: 'https://api.example:6443', caPem: expect.stringContaining('BEGIN CERTIFICATE') },
          endpoint: {
            server: 'https://api.example:6443',
            caPem: expect.stringContaining('BEGIN CERTIFICATE'),
            credential: { kind: 'token', token: 'secret-token' },
          },
        },
      ],
    });
  });

  it('prefers the client certificate, as Kubernetes does, and takes the TLS name', () => {
    const verdict = verdictOf(
      kubeconfig({
        cluster: { 'tls-server-name': 'kubernetes' },
        user: {
          token: 'x',
          'client-certificate-data': base64(client.certPem),
          'client-key-data': base64(client.keyPem),
        },
      }),
    );
    expect(verdict?.endpoint).toMatchObject({
      tlsServerName: 'kubernetes',
      credential: { kind: 'client_certificate', keyPem: client.keyPem },
    });
  });

  it('goes through a proxy that the operator listed', () => {
    const text = kubeconfig({ cluster: { 'proxy-url': 'http://proxy:3128' } });
    expect(parseKubeconfig(text, ['http://proxy:3128']).contexts[0]?.endpoint?.proxyUrl).toBe('http://proxy:3128');
  });

  it('is JSON too', () => {
    expect(parseKubeconfig(JSON.stringify({ contexts: [] })).refusal?.code).toBe('kubeconfig_invalid');
  });
});

describe('a context that is refused', () => {
  it.each<[string, Parameters<typeof kubeconfig>[0], string, string]>([
    ['exec', { user: { exec: { command: 'aws' } } }, 'kubeconfig_exec', '/users/0/user/exec'],
    [
      'auth-provider',
      { user: { 'auth-provider': { name: 'gcp' } } },
      'kubeconfig_auth_provider',
      '/users/0/user/auth-provider',
    ],
    ['a password', { user: { username: 'a', password: 'b' } }, 'kubeconfig_basic_auth', '/users/0/user/username'],
    ['as', { user: { token: 't', as: 'admin' } }, 'kubeconfig_impersonation', '/users/0/user/as'],
    ['as-groups', { user: { token: 't', 'as-groups': ['x'] } }, 'kubeconfig_impersonation', '/users/0/user/as-groups'],
    ['a token file', { user: { tokenFile: '/etc/passwd' } }, 'kubeconfig_file_path', '/users/0/user/tokenFile'],
    [
      'a key file',
      { user: { 'client-certificate-data': 'eA==', 'client-key': '/k' } },
      'kubeconfig_file_path',
      '/users/0/user/client-key',
    ],
    [
      'a CA file',
      { cluster: { 'certificate-authority': '/ca' } },
      'kubeconfig_file_path',
      '/clusters/0/cluster/certificate-authority',
    ],
    [
      'no TLS check',
      { cluster: { 'insecure-skip-tls-verify': true } },
      'kubeconfig_insecure',
      '/clusters/0/cluster/insecure-skip-tls-verify',
    ],
    ['http', { cluster: { server: 'http://api' } }, 'kubeconfig_insecure', '/clusters/0/cluster/server'],
    ['a proxy', { cluster: { 'proxy-url': 'http://proxy:3128' } }, 'kubeconfig_proxy', '/clusters/0/cluster/proxy-url'],
    ['userinfo', { cluster: { server: 'https://a:b@api' } }, 'kubeconfig_invalid', '/clusters/0/cluster/server'],
    [
      'a CA that is none',
      { cluster: { 'certificate-authority-data': base64('nonsense') } },
      'kubeconfig_invalid',
      '/clusters/0/cluster/certificate-authority-data',
    ],
    ['no credential', { user: {} }, 'kubeconfig_invalid', '/users/0/user'],
    ['a broken token', { user: { token: 'a\nb' } }, 'kubeconfig_invalid', '/users/0/user/token'],
    ['an unknown cluster', { context: { cluster: 'other' } }, 'kubeconfig_invalid', '/contexts/0/context/cluster'],
    ['an unknown user', { context: { user: 'other' } }, 'kubeconfig_invalid', '/contexts/0/context/user'],
  ])('S40 for %s names the field', (_what, change, code, pointer) => {
    const verdict = verdictOf(kubeconfig(change));
    expect(verdict?.refusal).toMatchObject({ code, pointer });
    expect(verdict?.endpoint).toBeUndefined();
  });

  it('for exec keeps server and CA, and tells the token step', () => {
    const verdict = verdictOf(kubeconfig({ user: { exec: { command: 'gke-gcloud-auth-plugin' } } }));
    expect(verdict?.address).toEqual({
      server: 'https://api.example:6443',
      caPem: authority.certPem.trim().concat('\n'),
    });
    expect(verdict?.refusal?.remedy).toMatch(/token/);
  });

  it('for file paths tells the command that flattens', () => {
    expect(verdictOf(kubeconfig({ user: { tokenFile: 'x' } }))?.refusal?.remedy).toBe(
      'kubectl config view --raw --flatten --minify',
    );
  });

  it('for a key that belongs to another certificate', async () => {
    const other = await authority.issueClient('other');
    const user = { 'client-certificate-data': base64(client.certPem), 'client-key-data': base64(other.keyPem) };
    expect(verdictOf(kubeconfig({ user }))?.refusal?.detail).toMatch(/another certificate/);
  });
});

describe('a text that is no kubeconfig', () => {
  const laughs = [
    'a: &a [x]',
    ...'bcdefghij'.split('').map((key, index) => {
      const before = 'abcdefghij'[index];
      return `${key}: &${key} [${Array(9).fill(`*${before}`).join(',')}]`;
    }),
  ].join('\n');

  it.each([
    ['nothing', ''],
    ['a word', 'hello'],
    ['a list', '- a\n- b'],
    ['bad YAML', 'a: b: c: ]['],
    ['another kind', 'kind: Pod\nmetadata: {}'],
    ['contexts of a wrong shape', 'contexts: {a: 1}'],
    ['a billion laughs', laughs],
    ['a deep flow', '['.repeat(100_000)],
    ['a deep sequence', `${'- '.repeat(5000)}x`],
    ['a deep map', Array.from({ length: 300 }, (_, level) => `${' '.repeat(level)}a:`).join('\n')],
    ['the same key twice', 'kind: Config\nkind: Config'],
    ['too much', `a: ${'x'.repeat(1_100_000)}`],
  ])('S44 is refused fast: %s', (_what, text) => {
    const before = process.threadCpuUsage();
    expect(parseKubeconfig(text)).toMatchObject({ contexts: [], refusal: { code: 'kubeconfig_invalid' } });
    expect(process.threadCpuUsage(before).user, 'µs').toBeLessThan(100_000);
  });

  it('S45 does not reach the prototype', () => {
    parseKubeconfig(`__proto__: {polluted: true}\n${kubeconfig()}`);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

describe('a typed access', () => {
  it('takes server, CA and token', () => {
    expect(
      parseDirectAccess({ kind: 'token', server: 'https://10.0.0.1:6443', caPem: authority.certPem, token: ' t ' }),
    ).toMatchObject({ endpoint: { server: 'https://10.0.0.1:6443', credential: { token: 't' } } });
  });

  it('names the field that is wrong', () => {
    const refusals = [
      parseDirectAccess({ kind: 'token', server: 'http://a', token: 't' }),
      parseDirectAccess({ kind: 'token', server: 'https://a', token: 't', caPem: 'x' }),
      parseDirectAccess({
        kind: 'client_certificate',
        server: 'https://a',
        certificatePem: client.certPem,
        keyPem: 'k',
      }),
    ];
    expect(refusals).toMatchObject([
      { refusal: { code: 'kubeconfig_insecure', pointer: '/server' } },
      { refusal: { code: 'kubeconfig_invalid', pointer: '/caPem' } },
      { refusal: { code: 'kubeconfig_invalid', pointer: '/keyPem' } },
    ]);
  });
});

describe('the expiry of a credential', () => {
  const jwt = (claims: object) => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.sig`;

  it('is read from a JWT and from a certificate', async () => {
    const notAfter = new Date('2031-02-03T04:05:06Z');
    const certificate = await authority.issueClient('someone', [], { notAfter });
    expect(credentialExpiry({ kind: 'token', token: jwt({ exp: 1_900_000_000 }) })).toEqual(
      new Date(1_900_000_000_000),
    );
    expect(credentialExpiry({ kind: 'client_certificate', ...certificate })).toEqual(notAfter);
  });

  it('is unknown for opaque and odd tokens', () => {
    for (const token of ['opaque', 'a.b.c', jwt({}), jwt({ exp: 'soon' }), jwt({ exp: 1e300 })]) {
      expect(credentialExpiry({ kind: 'token', token })).toBeUndefined();
    }
  });
});
