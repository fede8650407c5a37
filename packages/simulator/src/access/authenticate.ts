import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { ApiError } from '../objects/api-error.ts';
import type { Authorizer, User } from './rbac.ts';
import type { Tokens } from './tokens.ts';

/**
 * Who asks: the owner of the token or client certificate, or who it may speak for by RBAC.
 * @throws ApiError 401, 403
 */
export function authenticate(request: IncomingMessage, tokens: Tokens, authorizer: Authorizer): User {
  const caller = callerOf(request, tokens);
  if (caller === undefined) throw new ApiError(401, 'Unauthorized', 'Unauthorized');
  const { user, uid, groups, extra } = impersonation(request);
  if (user === undefined) {
    if (groups.length + Object.keys(extra).length > 0 || uid !== undefined)
      throw new ApiError(
        500,
        'InternalError',
        'Internal Server Error: requested groups, a uid or extras without impersonating a user',
      );
    return caller;
  }
  const may = (group: string, resource: string, name: string, subresource?: string) =>
    authorizer.assert(caller, {
      verb: 'impersonate',
      group,
      resource,
      name,
      ...(subresource === undefined ? {} : { subresource }),
    });
  may('', 'users', user);
  for (const group of groups) may('', 'groups', group);
  if (uid !== undefined) may('authentication.k8s.io', 'uids', uid);
  for (const [key, values] of Object.entries(extra))
    for (const value of values) may('authentication.k8s.io', 'userextras', value, key);
  return {
    name: user,
    groups: [...new Set([...groups, 'system:authenticated'])],
    ...(uid === undefined ? {} : { uid }),
    ...(Object.keys(extra).length === 0 ? {} : { extra }),
  };
}

const anonymous: User = { name: 'system:anonymous', groups: ['system:unauthenticated'] };

/** `undefined` for a credential that is not good. */
function callerOf(request: IncomingMessage, tokens: Tokens): User | undefined {
  const token = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
  const caller = token === undefined ? certified(request) : tokens.userOf(token);
  if (caller === undefined || caller === anonymous) return caller;
  return { ...caller, groups: [...new Set([...caller.groups, 'system:authenticated'])] };
}

/** The common name is the user, the organizations are the groups. */
function certified({ socket }: IncomingMessage): User | undefined {
  // By HTTP/2 it stands for the socket that all requests share, and is no instance of one.
  const { getPeerCertificate, authorized } = socket as Partial<TLSSocket>;
  if (getPeerCertificate === undefined) return anonymous;
  const { subject } = getPeerCertificate.call(socket);
  if (subject === undefined) return anonymous;
  if (authorized !== true) return undefined;
  const groups: unknown = subject.O;
  return {
    name: String(subject.CN ?? ''),
    groups: Array.isArray(groups) ? groups.map(String) : groups ? [String(groups)] : [],
  };
}

function impersonation({ rawHeaders }: IncomingMessage) {
  const groups: string[] = [];
  const extra: Record<string, string[]> = {};
  let user: string | undefined;
  let uid: string | undefined;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase();
    // Headers arrive as latin1 and mean UTF-8.
    const value = Buffer.from(rawHeaders[index + 1] ?? '', 'latin1').toString('utf8');
    if (name === 'impersonate-user') user = value;
    else if (name === 'impersonate-uid') uid = value;
    else if (name === 'impersonate-group') groups.push(value);
    else if (name.startsWith('impersonate-extra-')) {
      const key = decodeURIComponent(name.slice('impersonate-extra-'.length));
      extra[key] = [...(extra[key] ?? []), value];
    }
  }
  return { user, uid, groups, extra };
}
