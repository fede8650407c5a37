import { storedVersion } from '../objects/kind-registry.ts';
import { at, type KubeObject } from '../objects/types.ts';
import { known } from '../objects/well-known.ts';
import { type Context, keepTime, putStatus } from './context.ts';

/** Accepts the names of a definition and serves its kind from now on. */
export function establish(context: Context, _: string, name: string): void {
  const definition = context.store.get(known.definitions, undefined, name);
  if (definition === undefined) return;
  const condition = (type: string, reason: string, message: string) =>
    keepTime(context, definition, { type, status: 'True', reason, message });
  putStatus(context, known.definitions, definition, {
    conditions: [
      condition('NamesAccepted', 'NoConflicts', 'no conflicts found'),
      condition('Established', 'InitialNamesAccepted', 'the initial names have been accepted'),
    ],
    acceptedNames: at(definition, 'spec', 'names'),
    storedVersions: [storedVersion(definition)?.name],
  });
}

/** What a definition made goes with it. */
export function removeInstances({ store, registry }: Context, definition: KubeObject): void {
  const kind = registry.madeBy(definition);
  if (kind === undefined) return;
  for (const object of store.list(kind)) store.remove(kind, object);
}
