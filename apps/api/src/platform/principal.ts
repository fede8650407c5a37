import type { Permission } from '@quarterdeck/contracts';

/** Who acts. `subjects` are the uuids that grants may name: the account and its groups. */
export type Principal =
  | {
      kind: 'user';
      id: string;
      name: string;
      displayName: string;
      sessionId: string;
      sessionExpiresAt: Date;
      subjects: readonly string[];
    }
  /** Built-in actors of the product: `worker`, `demo`, `host`. Each holds a short fixed list of permissions. */
  | { kind: 'system'; name: string; permissions: readonly Permission[] };

/** The principal with the facts of the request that audit records keep. */
export type Actor = {
  principal: Principal;
  via: 'session' | 'system' | 'anonymous';
  requestId?: string;
  ip?: string;
  userAgent?: string;
};

/** What an action is about; its project and environment are looked up by ids, never taken from the request's words. */
export type PermissionTarget = {
  clusterId?: string;
  projectId?: string;
  environmentId?: string;
};

/** A built-in actor with exactly the permissions it needs. */
export function systemActor(name: string, permissions: readonly Permission[]): Actor {
  return { principal: { kind: 'system', name, permissions }, via: 'system' };
}
