import { at, type Json, type KubeObject, objectOf } from '../objects/types.ts';
import { known } from '../objects/well-known.ts';
import { type Context, manager, ownedBy, ownerOf } from './context.ts';

/** How one kind of workload keeps its former templates. */
type Snapshot = {
  name: string;
  /** More labels than the template has. */
  label: Record<string, string>;
  /** Names of revisions that pods still stand for. */
  inUse: ReadonlySet<string>;
};

/**
 * Keeps the template of a workload as a ControllerRevision, which a rollback puts back. The newest has the highest
 * number, also when its template was there before; what is past `revisionHistoryLimit` goes, the oldest first.
 */
export function keepRevision(context: Context, owner: KubeObject, { name, label, inUse }: Snapshot): void {
  const { store, writes } = context;
  const { namespace, uid, annotations } = owner.metadata;
  const own = store.list(known.revisions, namespace).filter((each) => ownedBy(each, uid));
  const highest = Math.max(0, ...own.map(numberOf));
  const found = own.find(({ metadata }) => metadata.name === name);
  if (found === undefined) {
    const template = objectOf(at(owner, 'spec', 'template'));
    const labels = { ...objectOf(at(template, 'metadata', 'labels')), ...label };
    const metadata = {
      name,
      labels,
      ...(annotations === undefined ? {} : { annotations }),
      ownerReferences: [ownerOf(owner)],
    };
    const data: Json = { spec: { template: { ...template, $patch: 'replace' } } };
    writes.create(known.revisions, namespace, { metadata, data, revision: highest + 1 }, manager);
  } else if (numberOf(found) < highest) store.put(known.revisions, { ...found, revision: highest + 1 });
  const past = own
    .filter(({ metadata }) => metadata.name !== name && !inUse.has(metadata.name))
    .sort((a, b) => numberOf(a) - numberOf(b));
  const limit = Number(at(owner, 'spec', 'revisionHistoryLimit') ?? 10);
  for (const each of past.slice(0, Math.max(0, past.length - limit))) store.remove(known.revisions, each);
}

function numberOf(revision: KubeObject): number {
  return Number(revision.revision ?? 0);
}
