import type { ObjectOwner } from '@quarterdeck/contracts';
import type { Actor } from '../../platform/principal.ts';
import { namespaceOf } from './address-rights.ts';
import type { ObjectAddress } from './object-address.ts';

/** The release that put an object there, by our books; filled by releases. `{}` for who may not read it. */
export type FindOwningRelease = (
  principal: Actor['principal'],
  object: { clusterId: string; group: string; kind: string; namespace?: string; name: string },
) => Promise<{ release?: Extract<ObjectOwner, { kind: 'release' }>['release'] } | undefined>;

/** What puts an object there again as it was: the release that it came with, and the controller that owns it. */
export type OwnersOf = (
  actor: Actor,
  address: ObjectAddress,
  object: {
    kind?: string;
    metadata?: { ownerReferences?: { kind?: string; name?: string; controller?: boolean }[] };
  },
) => Promise<ObjectOwner[]>;

export function createOwnersOf(deps: { findRelease: FindOwningRelease; releaseFieldManager: string }): OwnersOf {
  return async ({ principal }, address, { kind = '', metadata }) => {
    const namespace = namespaceOf(address);
    const found = await deps.findRelease(principal, {
      clusterId: address.clusterId,
      group: address.group === 'core' ? '' : address.group,
      kind,
      name: address.name,
      ...(namespace === undefined ? {} : { namespace }),
    });
    const references = metadata?.ownerReferences;
    const controller = (Array.isArray(references) ? references : []).find((owner) => owner?.controller === true);
    const release =
      found === undefined ? [] : [{ kind: 'release' as const, manager: deps.releaseFieldManager, ...found }];
    if (controller === undefined) return release;
    const [ownerKind, ownerName] = [String(controller.kind ?? ''), String(controller.name ?? '')];
    return [...release, { kind: 'controller', ownerKind, ownerName }];
  };
}
