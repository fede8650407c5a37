import { createHmac, timingSafeEqual } from 'node:crypto';
import { type Kind, kindOf } from '../objects/kinds.ts';
import type { ObjectStore } from '../objects/store.ts';
import { at, type KubeObject, objectOf, textOf } from '../objects/types.ts';
import type { User } from './rbac.ts';

/** Who a bearer token speaks for. */
export interface Tokens {
  userOf(token: string): User | undefined;
  /** A token of a service account that ends by itself, as the TokenRequest API gives it. */
  issue(account: KubeObject, seconds: number): { token: string; expirationTimestamp: string };
}

const accounts = kindOf('', 'serviceaccounts') as Kind;
const secrets = kindOf('', 'secrets') as Kind;

/** @param options.key signs issued tokens; the same one after a restart, so that they stay good */
export function createTokens(options: {
  store: ObjectStore;
  admin: { token: string; user: User };
  key: string;
  now: () => Date;
}): Tokens {
  const { store, admin, key, now } = options;
  const sign = (text: string) => createHmac('sha256', key).update(text).digest('base64url');
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

  function bySecret(token: string): User | undefined {
    const encoded = Buffer.from(token).toString('base64');
    const secret = store.find(secrets, (each) => at(each, 'data', 'token') === encoded);
    if (secret === undefined) return undefined;
    const { namespace = '', annotations = {} } = secret.metadata;
    const account = store.get(accounts, namespace, annotations['kubernetes.io/service-account.name'] ?? '');
    return account === undefined ? undefined : userOfAccount(account);
  }

  function bySignature(token: string): User | undefined {
    const [header = '', payload = '', signature = ''] = token.split('.');
    const expected = Buffer.from(sign(`${header}.${payload}`));
    const given = Buffer.from(signature);
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
    const claims = objectOf(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')));
    if (Number(claims.exp) * 1000 <= now().getTime()) return undefined;
    const about = objectOf(claims['kubernetes.io']);
    const account = store.get(accounts, textOf(about.namespace), textOf(at(about, 'serviceaccount', 'name')));
    return account?.metadata.uid === at(about, 'serviceaccount', 'uid') && account !== undefined
      ? userOfAccount(account)
      : undefined;
  }

  return {
    userOf: (token) => (token === admin.token ? admin.user : (bySecret(token) ?? bySignature(token))),
    issue({ metadata: { name, uid, namespace = '' } }, seconds) {
      const iat = Math.floor(now().getTime() / 1000);
      const exp = iat + seconds;
      const about = { namespace, serviceaccount: { name, uid } };
      const claims = { iss: 'https://kubernetes.default.svc', sub: accountName(namespace, name), iat, exp };
      const text = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ ...claims, 'kubernetes.io': about })}`;
      const expirationTimestamp = new Date(exp * 1000).toISOString().replace('.000Z', 'Z');
      return { token: `${text}.${sign(text)}`, expirationTimestamp };
    },
  };
}

function userOfAccount({ metadata: { name, uid, namespace = '' } }: KubeObject): User {
  return {
    name: accountName(namespace, name),
    uid,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`],
  };
}

function accountName(namespace: string, name: string): string {
  return `system:serviceaccount:${namespace}:${name}`;
}
