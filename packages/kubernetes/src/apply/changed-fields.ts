/** Keys by which items of Kubernetes' lists are told apart, most telling first. */
const itemKeys = ['name', 'containerPort', 'port', 'mountPath', 'key', 'type', 'ip'];
const most = 50;

/** Who wrote a field last, by an object's own books. */
export type FieldOwner = { manager: string; operation: string; subresource?: string; at?: string };

/** A place where two objects differ. */
export type ChangedField = {
  /** `.spec.template.spec.containers[name="app"].image` */
  path: string;
  before?: unknown;
  after?: unknown;
  /** Who owns it, or something below it, in the object that was. */
  owners: FieldOwner[];
};

type Books = readonly {
  manager?: string;
  operation?: string;
  time?: string;
  subresource?: string;
  fieldsV1?: unknown;
}[];
type Tree = { readonly [step: string]: Tree };
type Owned = { owner: FieldOwner; tree: Tree };

/** Where two objects differ, each place once, as deep as it goes: `.spec.template.spec.containers[name="app"].image`. */
export function changedFields(before: unknown, after: unknown): string[] {
  return ownedChanges(before, after, []).map(({ path }) => path);
}

/**
 * As `changedFields`, with both values and who owns each.
 * @param books managedFields of the object before
 */
export function ownedChanges(before: unknown, after: unknown, books: Books): ChangedField[] {
  const owned = books.flatMap(({ manager = '', operation = '', subresource, time, fieldsV1 }) =>
    isRecord(fieldsV1)
      ? {
          owner: {
            manager,
            operation,
            ...(subresource === undefined || subresource === '' ? {} : { subresource }),
            ...(time === undefined ? {} : { at: time }),
          },
          tree: fieldsV1 as Tree,
        }
      : [],
  );
  const found: ChangedField[] = [];
  compare(before, after, { path: '', owned }, found);
  return found;
}

type Place = { path: string; owned: readonly Owned[] };

function compare(before: unknown, after: unknown, place: Place, found: ChangedField[]): void {
  if (found.length >= most || JSON.stringify(before) === JSON.stringify(after)) return;
  const { path, owned } = place;
  if (isRecord(before) && isRecord(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)]))
      compare(
        before[key],
        after[key],
        { path: `${path}.${key}`, owned: below(owned, (step) => step === `f:${key}`) },
        found,
      );
    return;
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    const key = keyOf([...before, ...after]);
    if (key !== undefined) {
      for (const name of new Set([...before, ...after].map((item: Record<string, unknown>) => item[key]))) {
        const of = (items: readonly unknown[]) => items.find((item) => (item as Record<string, unknown>)[key] === name);
        const item = of(before);
        compare(
          item,
          of(after),
          { path: `${path}[${key}=${JSON.stringify(name)}]`, owned: below(owned, (step) => isItem(step, item)) },
          found,
        );
      }
      return;
    }
  }
  found.push({
    path: path === '' ? '.' : path,
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
    owners: before === undefined ? [] : owned.map(({ owner }) => owner),
  });
}

/** What owns a field as a whole owns what is below it. */
function below(owned: readonly Owned[], isStep: (step: string) => boolean): Owned[] {
  return owned.flatMap(({ owner, tree }) => {
    const steps = Object.keys(tree);
    if (steps.length === 0) return { owner, tree };
    const step = steps.find(isStep);
    const next = step === undefined ? undefined : tree[step];
    return next === undefined ? [] : { owner, tree: next };
  });
}

/** `k:{"containerPort":80,"protocol":"TCP"}`; a key that the object leaves out has its default, whatever that is. */
function isItem(step: string, item: unknown): boolean {
  if (!step.startsWith('k:') || !isRecord(item)) return false;
  const keys = Object.entries(JSON.parse(step.slice(2)) as Record<string, unknown>);
  return keys.every(([name, value]) => item[name] === undefined || item[name] === value);
}

/** The key that every item of a list has. */
function keyOf(items: readonly unknown[]): string | undefined {
  if (!items.every(isRecord)) return undefined;
  return itemKeys.find((key) => items.every((item) => item[key] !== undefined));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
