import { type ApplyContext, type Live, request } from './apply-request.ts';
import { type ObjectRef, objectPath } from './object-ref.ts';
import { refusalOf, type WriteRefusal } from './refusal.ts';

/** Programs that put whole objects there for a person: what they own is ours from now on. */
const clientSide = /^(kubectl(-.*)?|helm|before-first-apply|OpenAPI-Generator|node-fetch|curl)$/i;

type Owner = NonNullable<NonNullable<Live['metadata']>['managedFields']>[number];
type FieldTree = { [step: string]: FieldTree };

/** Managers whose fields become ours when an object is adopted. */
export function adoptedManagers(live: Live): string[] {
  return [...new Set((live.metadata?.managedFields ?? []).filter(isClientSide).map(({ manager }) => manager))];
}

/**
 * Makes what client-side programs own ours, in the object's own books: without it fields that a release leaves out would
 * stay for ever, and a changed port of a Service would fail as a duplicate.
 * @returns the object as it is now, or why the cluster refused
 */
export async function adoptManagers(
  context: ApplyContext,
  ref: ObjectRef,
  live: Live,
): Promise<{ live: Live } | WriteRefusal> {
  const entries = live.metadata?.managedFields ?? [];
  const [first] = entries.filter(isClientSide);
  if (first === undefined) return { live };
  const isOurs = (entry: Owner) => entry.manager === context.fieldManager && entry.operation === 'Apply';
  const theirs = entries.filter((entry) => isClientSide(entry) || isOurs(entry));
  const { subresource: _none, ...like } = first;
  const ours = {
    ...like,
    manager: context.fieldManager,
    operation: 'Apply',
    fieldsV1: theirs.reduce<FieldTree>((all, { fieldsV1 }) => merged(all, (fieldsV1 ?? {}) as FieldTree), {}),
  };
  const response = await context.client.request<Live>(
    request(context, {
      method: 'PATCH',
      path: objectPath(ref),
      contentType: 'application/json-patch+json',
      body: [
        { op: 'test', path: '/metadata/resourceVersion', value: live.metadata?.resourceVersion },
        {
          op: 'replace',
          path: '/metadata/managedFields',
          value: [...entries.filter((entry) => !theirs.includes(entry)), ours],
        },
      ],
    }),
  );
  return response.status === 200 ? { live: response.body } : refusalOf(response, ref);
}

function isClientSide({ manager, operation, subresource }: Owner): boolean {
  return operation === 'Update' && (subresource ?? '') === '' && clientSide.test(manager);
}

function merged(a: FieldTree, b: FieldTree): FieldTree {
  const all = { ...a };
  for (const [step, below] of Object.entries(b)) all[step] = merged(all[step] ?? {}, below);
  return all;
}
