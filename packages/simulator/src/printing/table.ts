import { apiVersionOf, type Kind, qualified } from '../objects/kinds.ts';
import type { ObjectStore } from '../objects/store.ts';
import { at, type Json, type KubeObject, listOf, objectOf, textOf } from '../objects/types.ts';
import { known } from '../objects/well-known.ts';
import type { Printer } from './columns.ts';
import { customPrinter } from './custom-printer.ts';
import { printerOf } from './printers.ts';

/** What goes along with each row. */
export type Included = 'Object' | 'Metadata' | 'None';

/** Objects as the rows that kubectl prints. */
export interface Tables {
  /** A list or one object; `null` columns for those that were sent already, as a watch does. */
  of(kind: Kind, answer: Json, options: { included: Included; isFirst?: boolean }): Json;
}

export function createTables({ store, now }: { store: ObjectStore; now: () => Date }): Tables {
  function printer(kind: Kind): Printer {
    if (kind.isCustom !== true) return printerOf(kind);
    const definition = store.get(known.definitions, undefined, qualified(kind));
    const version = listOf(at(definition, 'spec', 'versions')).find(({ name }) => name === kind.version);
    return customPrinter(listOf(version?.additionalPrinterColumns));
  }

  return {
    of(kind, answer, { included, isFirst = true }) {
      const { columns, cells } = printer(kind);
      const isList = Array.isArray(answer.items);
      const objects = (isList ? listOf(answer.items) : [answer]) as KubeObject[];
      const { resourceVersion, continue: next, remainingItemCount } = objectOf(answer.metadata);
      const nowMs = now().getTime();
      return {
        kind: 'Table',
        apiVersion: 'meta.k8s.io/v1',
        metadata: {
          resourceVersion,
          ...(next === undefined ? {} : { continue: next }),
          ...(remainingItemCount === undefined ? {} : { remainingItemCount }),
        },
        columnDefinitions: isFirst ? columns.map((each) => ({ ...each, description: each.name })) : null,
        rows: objects.map((object) => ({
          cells: cells(object, nowMs),
          ...conditionsOf(kind, object),
          object: objectOfRow(object, kind, included),
        })),
      };
    },
  };
}

/** A pod that is over says so beside its cells. */
function conditionsOf(kind: Kind, object: KubeObject): Json {
  const phase = textOf(at(object, 'status', 'phase'));
  if (kind !== known.pods || (phase !== 'Succeeded' && phase !== 'Failed')) return {};
  const message = phase === 'Succeeded' ? 'The pod has completed successfully.' : 'The pod failed.';
  return { conditions: [{ type: 'Completed', status: 'True', reason: phase, message }] };
}

function objectOfRow(object: KubeObject, kind: Kind, included: Included): unknown {
  if (included === 'None') return null;
  if (included === 'Object') return { ...object, kind: kind.kind, apiVersion: apiVersionOf(kind) };
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata };
}
