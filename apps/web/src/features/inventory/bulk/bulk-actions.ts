import type { Deed, DeedPreview, InventoryObject, Permission } from '@quarterdeck/contracts';
import {
  deleteObject,
  deletePod,
  labelObject,
  maxReplicas,
  previewDeed,
  restartableKinds,
  restartWorkload,
  scalableKinds,
  scaleWorkload,
} from '@quarterdeck/contracts/workloads';
import { api } from '../../../platform/api.ts';

/** In the order of their buttons; what destroys stands last. */
export const bulkActions = ['restart', 'scale', 'label', 'delete'] as const;
export type BulkAction = (typeof bulkActions)[number];

/** What the person filled in. */
export type BulkInput = { replicas: string; labelName: string; labelValue: string };
export const emptyInput: BulkInput = { replicas: '', labelName: '', labelValue: '' };

type Kind = Pick<InventoryObject, 'group' | 'plural'>;

/** Actions that rows of a kind know. */
export function actionsOf({ group, plural }: Kind): BulkAction[] {
  return bulkActions.filter((action) => {
    if (action === 'restart') return group === 'apps' && (restartableKinds as readonly string[]).includes(plural);
    if (action === 'scale') return group === 'apps' && (scalableKinds as readonly string[]).includes(plural);
    return true;
  });
}

export const isPod = ({ group, plural }: Kind) => group === 'core' && plural === 'pods';

/** What is asked of the portal for an action; kinds that need more are refused by the server with its name. */
export function permissionFor(action: BulkAction, row: Kind): Permission {
  if (action === 'restart' || action === 'scale') return 'workloads:operate';
  return action === 'delete' && isPod(row) ? 'workloads:operate' : 'workloads:edit';
}

const label = /^([a-z0-9.-]{1,253}\/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;
const labelValue = /^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$/;

/** Which field is not right yet; `undefined` when all is. */
export function wrongField(action: BulkAction, input: BulkInput): 'replicas' | 'label' | undefined {
  if (action === 'scale') {
    const replicas = Number(input.replicas);
    const isRight = /^\d+$/.test(input.replicas.trim()) && replicas <= maxReplicas;
    return isRight ? undefined : 'replicas';
  }
  if (action === 'label') {
    return label.test(input.labelName.trim()) && labelValue.test(input.labelValue.trim()) ? undefined : 'label';
  }
  return undefined;
}

function labelsOf({ labelName, labelValue: value }: BulkInput): Record<string, string | null> {
  return { [labelName.trim()]: value.trim() === '' ? null : value.trim() };
}

function deedOf(action: BulkAction, input: BulkInput): Deed {
  if (action === 'scale') return { kind: 'scale', replicas: Number(input.replicas) };
  return action === 'label' ? { kind: 'label', labels: labelsOf(input) } : { kind: action };
}

/** Asks its cluster whether it would take it. @throws ProblemError when nobody answered */
export function preview(
  action: BulkAction,
  row: InventoryObject,
  input: BulkInput,
  signal: AbortSignal,
): Promise<DeedPreview> {
  const { clusterId: id, namespace = '_', group, plural, name, uid } = row;
  const body = { uid, deed: deedOf(action, input) };
  return api.call(previewDeed, { params: { id, namespace, group, plural, name }, body }, { signal });
}

/** Does it to one row. @throws ProblemError with the server's words */
export async function act(action: BulkAction, row: InventoryObject, input: BulkInput, key: string): Promise<void> {
  const { clusterId: id, namespace = '_', group, plural, name, uid } = row;
  const options = { idempotencyKey: key };
  const workload = { id, namespace, plural, name } as never;
  switch (action) {
    case 'restart':
      await api.call(restartWorkload, { params: workload, body: { uid } }, options);
      return;
    case 'scale':
      await api.call(scaleWorkload, { params: workload, body: { uid, replicas: Number(input.replicas) } }, options);
      return;
    case 'label': {
      const body = { uid, labels: labelsOf(input) };
      await api.call(labelObject, { params: { id, namespace, group, plural, name }, body }, options);
      return;
    }
    case 'delete':
      if (isPod(row)) await api.call(deletePod, { params: { id, namespace, name }, query: { uid } }, options);
      else await api.call(deleteObject, { params: { id, namespace, group, plural, name }, query: { uid } }, options);
  }
}
