import type { Permission } from '@quarterdeck/contracts';

/** What a token may do at most: its owner's grants are asked as well. A limit that is left out does not narrow. */
export type TokenLimits = {
  permissions: readonly Permission[];
  clusterIds?: readonly string[];
  /** Equality of cluster labels. */
  clusterSelector?: Readonly<Record<string, string>>;
  projectIds?: readonly string[];
  environmentIds?: readonly string[];
  namespaces?: readonly string[];
};

/** What a request showed to prove who it is. */
export type Credential =
  /** `steppedUp`: proved again within the last 10 minutes, by the database's clock. */
  | { kind: 'session'; id: string; expiresAt: Date; steppedUp?: boolean }
  | { kind: 'token'; id: string; expiresAt: Date; limits: TokenLimits };

/** A person or a service account. `subjects` are the uuids that grants may name: the account and its groups. */
export type AccountPrincipal = {
  kind: 'user' | 'service-account';
  id: string;
  name: string;
  displayName: string;
  credential: Credential;
  subjects: readonly string[];
};

/** Who acts. */
export type Principal =
  | AccountPrincipal
  /** Built-in actors of the product: `worker`, `demo`, `host`. Each holds a short fixed list of permissions. */
  | { kind: 'system'; name: string; permissions: readonly Permission[] };

/** The principal with the facts of the request that audit records keep. */
export type Actor = {
  principal: Principal;
  via: 'session' | 'token' | 'system' | 'anonymous';
  requestId?: string;
  /** W3C trace id, when the caller traces. */
  traceId?: string;
  ip?: string;
  userAgent?: string;
};

/**
 * What an action is about. Who owns it (project, environment) is looked up by these ids or by (cluster, namespace),
 * never taken from the request's words.
 */
export type PermissionTarget = {
  clusterId?: string;
  namespace?: string;
  projectId?: string;
  environmentId?: string;
};

/** The id of an account; the name of a built-in actor. */
export function principalId(principal: Principal): string {
  return principal.kind === 'system' ? principal.name : principal.id;
}

/** What people call it. */
export function principalName(principal: Principal): string {
  return principal.kind === 'system' ? principal.name : principal.displayName;
}

/** How the actor came in, for its audit records. */
export function viaOf(principal: Principal): Actor['via'] {
  return principal.kind === 'system' ? 'system' : principal.credential.kind;
}

/** A built-in actor with exactly the permissions it needs. */
export function systemActor(name: string, permissions: readonly Permission[]): Actor {
  return { principal: { kind: 'system', name, permissions }, via: 'system' };
}
