import { isDeepStrictEqual } from 'node:util';
import { maskSecret } from './mask-secret.ts';
import { noisyAnnotations, withoutNoise } from './preview-object.ts';

type Fields = Record<string, unknown>;

/** Why an edited object is not one that may be written, with the field that is meant. */
export class EditError extends Error {
  readonly field: string;
  constructor(field: string, detail: string) {
    super(detail);
    this.name = 'EditError';
    this.field = field;
  }
}

/** Of metadata: what the cluster sets, and a person may not. */
const clusters = [
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'selfLink',
  'deletionTimestamp',
] as const;
const placeholder = /^\[secret(?:, changed)?\]$/;

/**
 * What of an object a person edits: without the status and what the cluster sets, and of a Secret the keys alone.
 * @param how `values`: those of a Secret stay
 */
export function editableForm(live: Fields, how: { values: boolean }): Fields {
  const form = withoutNoise(live);
  return how.values ? form : maskSecret(form);
}

/**
 * The whole object that an edited form stands for, ready to take the place of the one it was made from: what the form
 * leaves out is as it was, and values that were masked are those of the cluster.
 * @param live the very version that the form was made from
 * @throws EditError for what an edit cannot change, and for a masked value that stands for none
 */
export function completeEdit(edited: Fields, live: Fields): Fields {
  for (const field of ['apiVersion', 'kind'] as const) {
    if (edited[field] !== live[field])
      throw new EditError(`.${field}`, `An edit keeps the ${field} that it was read with: ${String(live[field])}.`);
  }
  const given = edited.metadata;
  if (!isFields(given)) throw new EditError('.metadata', 'metadata names the object.');
  const was = live.metadata as Fields;
  for (const field of ['name', 'namespace'] as const) {
    if (given[field] !== was[field])
      throw new EditError(
        `.metadata.${field}`,
        `An edit keeps the ${field}: ${String(was[field] ?? 'it has none')}. Another one is another object: apply it.`,
      );
  }
  if (given.managedFields !== undefined)
    throw new EditError('.metadata.managedFields', 'Leave it out: the cluster keeps these books.');
  for (const field of clusters) {
    if (given[field] !== undefined && given[field] !== was[field])
      throw new EditError(`.metadata.${field}`, 'The cluster sets it: leave it out.');
  }
  if (edited.status !== undefined && !isDeepStrictEqual(edited.status, live.status))
    throw new EditError('.status', 'Controllers set the status: leave it out.');
  const annotations = isFields(given.annotations ?? {})
    ? { ...hiddenNotes(was.annotations), ...(given.annotations as Fields | undefined) }
    : (given.annotations as Fields);
  return {
    ...unmasked(edited, live),
    metadata: {
      ...given,
      ...Object.fromEntries(clusters.flatMap((field) => (was[field] === undefined ? [] : [[field, was[field]]]))),
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    },
    ...(live.status === undefined ? {} : { status: live.status }),
  };
}

/** Annotations that the form leaves out. */
function hiddenNotes(annotations: unknown): Fields {
  if (!isFields(annotations)) return {};
  return Object.fromEntries(Object.entries(annotations).filter(([key]) => noisyAnnotations.has(key)));
}

/** A placeholder never goes to a cluster: it stands for the value that is there, or for nothing. */
function unmasked(edited: Fields, live: Fields): Fields {
  if (live.kind !== 'Secret') return edited;
  const part = (name: 'data' | 'stringData') => {
    const values = edited[name];
    if (!isFields(values)) return {};
    const kept = name === 'data' && isFields(live.data) ? live.data : {};
    const filled = Object.entries(values).map(([key, value]) => {
      if (typeof value !== 'string' || !placeholder.test(value)) return [key, value];
      if (Object.hasOwn(kept, key)) return [key, kept[key]];
      throw new EditError(`.${name}.${key}`, maskedDetail);
    });
    return { [name]: Object.fromEntries(filled) };
  };
  return { ...edited, ...part('data'), ...part('stringData') };
}

const maskedDetail = 'This is what stands here in place of a value that is not shown: write the value itself.';

/** Where a manifest of a Secret holds what is shown in place of a value: it must not be written. */
export function maskedPlace(object: Fields): EditError | undefined {
  if (object.kind !== 'Secret') return undefined;
  for (const part of ['data', 'stringData'] as const) {
    const values = object[part];
    if (!isFields(values)) continue;
    for (const [key, value] of Object.entries(values))
      if (typeof value === 'string' && placeholder.test(value)) return new EditError(`.${part}.${key}`, maskedDetail);
  }
  return undefined;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
