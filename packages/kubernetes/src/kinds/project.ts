import type { KindFacts, KubeObject, ProjectedObject, WatchedKind } from './kind.ts';
import { at, clean, labelsOf, list, text, time } from './read.ts';

const maxFactsBytes = 8192;
const maxSearch = 1024;

/**
 * The row of an object. An object that its kind cannot read still gets one, with its identity and
 * `facts.unreadable`: a hostile or future object must not stop the watch.
 * @returns `undefined` without a name and a uid: there is nothing to store it under
 */
export function projectObject(kind: WatchedKind, object: KubeObject): ProjectedObject | undefined {
  const name = text(at(object, 'metadata', 'name'));
  const uid = text(at(object, 'metadata', 'uid'));
  if (name === undefined || uid === undefined) return undefined;
  const namespace = text(at(object, 'metadata', 'namespace')) ?? '';
  const labels = labelsOf(at(object, 'metadata', 'labels'));
  const { words = [], facts = {}, ...described } = describe(kind, object);
  const owners = list(at(object, 'metadata', 'ownerReferences'));
  const controller = owners.find((owner) => at(owner, 'controller') === true) ?? owners[0];
  return {
    namespace,
    name,
    uid,
    createdAt: time(at(object, 'metadata', 'creationTimestamp')),
    ownerUid: text(at(controller, 'uid')),
    labels,
    ...described,
    statusText: clean(described.statusText).slice(0, 200),
    facts: JSON.stringify(facts).length > maxFactsBytes ? { unreadable: 'too large' } : facts,
    search: [name, namespace, ...Object.values(labels), ...words].join(' ').toLowerCase().slice(0, maxSearch),
  };
}

function describe(kind: WatchedKind, object: KubeObject): KindFacts {
  try {
    return kind.describe(object);
  } catch (error) {
    return {
      health: 'unknown',
      statusText: 'Unreadable',
      facts: { unreadable: error instanceof Error ? error.message.slice(0, 200) : 'error' },
    };
  }
}
