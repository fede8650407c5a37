import { getCluster, type Permission } from '@quarterdeck/contracts';
import {
  type Identity,
  isPodHttp,
  isSelfReview,
  type ProxyTarget,
  type ProxyVerb,
  parseProxyPath,
  permissionsOf,
  placeOf,
  verbOf,
} from '@quarterdeck/kubernetes';
import { AppError, forbidden, notFound } from '../../../platform/errors.ts';
import type { Actor, PermissionTarget } from '../../../platform/principal.ts';
import type { Access } from '../../access/index.ts';
import type { Audit } from '../../audit/index.ts';
import { personIdentity } from '../as-person.ts';

/** A request to a cluster, read and allowed by the portal; the cluster's own RBAC is asked when it is sent. */
export type AdmittedRequest = {
  clusterId: string;
  target: ProxyTarget;
  verb: ProxyVerb;
  query: URLSearchParams;
  /** All were held when it was admitted. */
  permissions: readonly Permission[];
  place: PermissionTarget;
  identity: Identity;
  /** Whose groups the identity has: the namespace that a review of oneself names, else that of the place. */
  groupsOf: string | undefined;
};

export type AskedRequest = { method: string; url: string; body?: Buffer | undefined };

export interface Admission {
  /**
   * Path, permission, identity, in this order; nothing was sent.
   * @throws AppError `not_found` for who may not know the cluster, else 400, 403, 404, 405
   */
  admit(actor: Actor, asked: AskedRequest): Promise<AdmittedRequest>;
  /** For what is open: the same questions again, and the same groups still. @throws AppError */
  recheck(actor: Actor, admitted: AdmittedRequest): Promise<void>;
}

const shape = /^\/k8s\/clusters\/([^/?]+)(\/[^?]*)(?:\?(.*))?$/s;
/** A review is a few names. */
const maxReviewBytes = 65_536;

export function createAdmission({ access, audit }: { access: Access; audit: Pick<Audit, 'recordDenial'> }): Admission {
  async function checkAll(actor: Actor, permissions: readonly Permission[], place: PermissionTarget): Promise<void> {
    for (const permission of permissions) await access.check(actor, permission, place, { isKnown: true });
  }

  /** What no permission opens is written down like any other refusal. */
  async function refuseForAll(actor: Actor, place: PermissionTarget, name: string): Promise<never> {
    await audit.recordDenial(actor, {
      action: 'clusters:administer',
      outcome: 'denied',
      code: 'forbidden',
      target: { kind: 'permission', name, ...auditPlace(place) },
    });
    throw new AppError('forbidden', 403, `${name} is not passed on to a cluster, whoever asks.`);
  }

  return {
    async admit(actor, { method, url, body }) {
      const [, clusterId = '', path = '', search = ''] = shape.exec(url) ?? [];
      // The id stands in the path as it is or not at all: nothing else names the cluster.
      if (getCluster.params?.safeParse({ id: clusterId }).success !== true) throw notFound('This cluster');
      await access.check(actor, 'clusters:read', { clusterId });
      const target = parseProxyPath(path);
      if (target.kind === 'refused') {
        const code = target.status === 400 ? 'proxy_path_invalid' : 'not_found';
        throw new AppError(code, target.status, target.detail);
      }
      const query = new URLSearchParams(search);
      const verb = verbOf(method, target, query);
      if (verb === undefined) throw new AppError('method_not_allowed', 405, `${method} is not known here.`);
      const namespace = placeOf(target, verb);
      const place = { clusterId, ...(namespace === undefined ? {} : { namespace }) };
      const permissions: readonly Permission[] | undefined = permissionsOf(target, verb);
      if (permissions === undefined) return refuseForAll(actor, place, nameOf(target));
      await checkAll(actor, permissions, place);
      if (isPodHttp(target)) {
        throw new AppError(
          'preview_elsewhere',
          403,
          'HTTP of pods and services is not served from this address, where it would share the portal’s origin. Use kubectl port-forward.',
        );
      }
      const groupsOf = isSelfReview(target) ? namespaceAsked(body) : namespace;
      const identity = await personIdentity(access, actor.principal, clusterId, groupsOf, actor.requestId);
      return { clusterId, target, verb, query, permissions, place, identity, groupsOf };
    },

    async recheck(actor, { clusterId, permissions, place, identity, groupsOf }) {
      await access.check(actor, 'clusters:read', { clusterId });
      await checkAll(actor, permissions, place);
      const now = await access.groupsFor(actor.principal, clusterId, groupsOf);
      if (now.join() !== identity.groups.join()) throw forbidden(permissions[0] ?? 'clusters:read', 'as before');
    },
  };
}

/** `pods/exec shop/cart-1`, for a person who reads a refusal or the trail. */
export function nameOf(target: ProxyTarget): string {
  if (target.kind === 'root') return target.segments.join('/');
  return target.subresource === undefined ? target.resource : `${target.resource}/${target.subresource}`;
}

export function auditPlace({ clusterId, namespace }: PermissionTarget): { cluster?: string; namespace?: string } {
  return {
    ...(clusterId === undefined ? {} : { cluster: clusterId }),
    ...(namespace === undefined ? {} : { namespace }),
  };
}

/**
 * A review of oneself says in its body which namespace it is about, and the groups of a person differ by namespace. It
 * decides nothing else: whatever is named, the answer is what these groups of this person may do.
 */
function namespaceAsked(body: Buffer | undefined): string | undefined {
  if (body === undefined || body.length > maxReviewBytes) return undefined;
  try {
    const { spec } = JSON.parse(body.toString('utf8')) as {
      spec?: { namespace?: unknown; resourceAttributes?: { namespace?: unknown } };
    };
    const namespace = spec?.resourceAttributes?.namespace ?? spec?.namespace;
    return typeof namespace === 'string' && namespace !== '' ? namespace : undefined;
  } catch {
    return undefined;
  }
}
