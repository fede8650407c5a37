import type { Schema } from './custom/schema.ts';
import { type Kind, kinds, qualified } from './kinds.ts';
import type { ObjectStore } from './store.ts';
import { at, type KubeObject, listOf, objectOf, textOf } from './types.ts';
import { known } from './well-known.ts';

/** What one cluster serves: the kinds that all have, and those that its definitions add. */
export interface KindRegistry {
  all(): readonly Kind[];
  find(group: string, plural: string): Kind | undefined;
  /** The schema of a kind that a definition made. */
  schemaOf(kind: Kind): Schema | undefined;
  /** The kind that a definition made, also when the definition is gone by now. */
  madeBy(definition: KubeObject): Kind | undefined;
}

/** Kinds of definitions are made once for each uid: a store knows a kind by its identity. */
export function createKindRegistry(store: ObjectStore): KindRegistry {
  const made = new Map<string, Kind>();

  function kindOf(definition: KubeObject): Kind[] {
    if (!isEstablished(definition)) return [];
    const { uid, name } = definition.metadata;
    const found = made.get(uid) ?? fromDefinition(definition, name);
    made.set(uid, found);
    return [found];
  }
  const custom = () => store.list(known.definitions).flatMap(kindOf);

  return {
    all: () => [...kinds, ...custom()],
    find: (group, plural) =>
      kinds.find((each) => each.group === group && each.plural === plural) ??
      custom().find((each) => each.group === group && each.plural === plural),
    schemaOf(kind) {
      if (kind.isCustom !== true) return undefined;
      const definition = store.get(known.definitions, undefined, qualified(kind));
      const version = listOf(at(definition, 'spec', 'versions')).find(({ name }) => name === kind.version);
      const schema = at(version, 'schema', 'openAPIV3Schema');
      return schema === undefined ? undefined : objectOf(schema);
    },
    madeBy: ({ metadata }) => made.get(metadata.uid),
  };
}

export function isEstablished(definition: KubeObject): boolean {
  return listOf(at(definition, 'status', 'conditions')).some(
    ({ type, status }) => type === 'Established' && status === 'True',
  );
}

/** One version is served: the one that is stored. */
export function storedVersion(definition: KubeObject) {
  const versions = listOf(at(definition, 'spec', 'versions'));
  return versions.find(({ storage }) => storage === true) ?? versions[0];
}

function fromDefinition(definition: KubeObject, name: string): Kind {
  const [shortName] = [at(definition, 'spec', 'names', 'shortNames')].flat();
  return {
    group: textOf(at(definition, 'spec', 'group')),
    version: textOf(storedVersion(definition)?.name),
    plural: textOf(at(definition, 'spec', 'names', 'plural')) || name,
    kind: textOf(at(definition, 'spec', 'names', 'kind')),
    namespaced: at(definition, 'spec', 'scope') === 'Namespaced',
    isCustom: true,
    ...(at(storedVersion(definition), 'subresources', 'status') === undefined ? {} : { hasStatus: true as const }),
    ...(typeof shortName === 'string' ? { shortName } : {}),
  };
}
