import type { Permission } from '@quarterdeck/contracts';
import { type ObjectTarget, permissionsOf } from '@quarterdeck/kubernetes';
import { AppError } from '../../platform/errors.ts';
import type { ObjectAddress } from './object-address.ts';

/** `undefined` for what is cluster-wide. */
export function namespaceOf({ namespace }: Pick<ObjectAddress, 'namespace'>): string | undefined {
  return namespace === '_' ? undefined : namespace;
}

/** Where rights to an object are asked. */
export function placeOf(address: Pick<ObjectAddress, 'clusterId' | 'namespace'>): {
  clusterId: string;
  namespace?: string;
} {
  const namespace = namespaceOf(address);
  return { clusterId: address.clusterId, ...(namespace === undefined ? {} : { namespace }) };
}

export function isSecret({ group, plural }: Pick<ObjectAddress, 'group' | 'plural'>): boolean {
  return group === 'core' && plural === 'secrets';
}

/** An object as the cluster proxy names what a request is about. */
export function targetOf(address: ObjectAddress): ObjectTarget {
  const namespace = namespaceOf(address);
  return {
    kind: 'object',
    group: address.group === 'core' ? '' : address.group,
    version: 'v1',
    ...(namespace === undefined ? {} : { namespace }),
    resource: address.plural,
    name: address.name,
  };
}

/**
 * What kubectl would need to write the same, Secrets and what is cluster-wide included.
 * @throws AppError 403 for what nobody may
 */
export function neededToWrite(target: ObjectTarget): readonly Permission[] {
  const needed = permissionsOf(target, 'update');
  if (needed === undefined)
    throw new AppError('forbidden', 403, `${target.resource} cannot be changed through here, whoever asks.`);
  return needed;
}
