import type { PrinterColumn } from '../kinds/generic.ts';
import { qualifiedName } from '../kinds/kind.ts';
import { type Json, objectOf, objectsOf, textOf } from '../projection/values.ts';
import type { ClusterClient, Identity } from '../transport/cluster-client.ts';
import { readListElements } from '../watch/list-elements.ts';
import { refusalOfStream } from '../watch/refusals.ts';

const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
/** A definition carries its whole schema: few at a time, one of them in memory. */
const pageSize = 50;
const maxPages = 100;
const timeoutMs = 10_000;

/** Columns by `widgets.example.com/v1`: which kubectl would print unless asked for more. */
export type PrinterColumns = ReadonlyMap<string, readonly PrinterColumn[]>;

/**
 * Reads what every CustomResourceDefinition asks to be printed.
 * @throws WatchRefusal | ClusterError
 */
export async function readPrinterColumns(
  client: ClusterClient,
  options: { identity: Identity; signal: AbortSignal },
): Promise<PrinterColumns> {
  const columns = new Map<string, readonly PrinterColumn[]>();
  let token = '';
  for (let page = 0; page < maxPages; page += 1) {
    const stream = await client.stream({
      ...{ method: 'GET', path, identity: options.identity, priority: 'background', signal: options.signal, timeoutMs },
      query: { limit: pageSize, continue: token === '' ? undefined : token },
    });
    if (stream.status !== 200) throw await refusalOfStream(stream);
    try {
      const elements = readListElements(stream.body, () => {});
      let next = await elements.next();
      for (; next.done !== true; next = await elements.next()) {
        takeColumns(objectOf(JSON.parse(next.value.toString('utf8'))), columns);
      }
      token = textOf(objectOf(next.value.metadata).continue, 8192);
    } finally {
      stream.body.destroy();
    }
    if (token === '') break;
  }
  return columns;
}

function takeColumns(definition: Json, columns: Map<string, readonly PrinterColumn[]>): void {
  const spec = objectOf(definition.spec);
  const kind = { group: textOf(spec.group), resource: textOf(objectOf(spec.names).plural) };
  for (const version of objectsOf(spec.versions, 20)) {
    const shown = objectsOf(version.additionalPrinterColumns, 50).flatMap(({ name, jsonPath, priority }) =>
      typeof name === 'string' && typeof jsonPath === 'string' && (priority === undefined || priority === 0)
        ? [{ name, jsonPath }]
        : [],
    );
    columns.set(`${qualifiedName(kind)}/${textOf(version.name, 63)}`, shown);
  }
}
