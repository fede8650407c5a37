import type { AuditRecord } from '@quarterdeck/contracts';

/** What was done, twice: as it reads when it happened, and when it did not. */
type Deed = { did: string; tried: string };

const deed = (did: string, tried: string): Deed => ({ did, tried });

/**
 * A record in one sentence: `Wang Fang rolled back cart production to #41 in 2 clusters`. What an action of tomorrow
 * did is said with its permission.
 */
export function sentenceOf(record: AuditRecord, clusterName: (id: string) => string): string {
  const { did, tried } = deedOf(record, clusterName);
  const who = record.actor.display === 'anonymous' ? 'Somebody' : record.actor.display;
  if (record.outcome === 'denied') return `${who} was not allowed to ${tried}`;
  if (record.outcome === 'failed') return `${who} failed to ${tried}`;
  if (isIntent(record)) return `${who} set out to ${tried}`;
  return `${who} ${did}`;
}

/** Written before a cluster is touched; how it went is a record of its own. */
export function isIntent({ reason }: Pick<AuditRecord, 'reason'>): boolean {
  return reason === 'intent';
}

function deedOf(record: AuditRecord, clusterName: (id: string) => string): Deed {
  const [feature = ''] = record.action.split(':');
  const tell = sentences[record.action] ?? sentences[feature];
  return (
    (record.target.kind === 'permission' ? undefined : tell?.(record, clusterName)) ?? byPermission(record, clusterName)
  );
}

function byPermission({ action, target }: AuditRecord, clusterName: (id: string) => string): Deed {
  const cluster = target.cluster === undefined ? '' : ` in ${clusterName(target.cluster)}`;
  const what =
    target.kind === 'permission' ? cluster : ` on ${target.kind} ${target.name ?? target.id ?? ''}${cluster}`;
  return deed(`used ${action}${what}`, `use ${action}${what}`);
}

type Tell = (record: AuditRecord, clusterName: (id: string) => string) => Deed | undefined;

const after = (record: AuditRecord, path: string): unknown =>
  record.changes.find((change) => change.path === path)?.after;
const has = (record: AuditRecord, path: string): boolean => record.changes.some((change) => change.path === path);
const nameOf = ({ target }: AuditRecord): string => target.name ?? target.id ?? target.kind;
const countOf = (value: unknown, one: string, many: string): string =>
  Array.isArray(value) && value.length > 0 ? ` in ${value.length} ${value.length === 1 ? one : many}` : '';

/** `displayName` as people say it. */
const wordsOf = (path: string): string => path.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

/** Clusters of `cluster/namespace` places. */
function clustersOf(places: unknown): string {
  const clusters = Array.isArray(places) ? [...new Set(places.map((place) => String(place).split('/')[0]))] : [];
  return countOf(clusters, 'cluster', 'clusters');
}

const sentences: Readonly<Record<string, Tell>> = {
  'identity:self'(record) {
    const { kind, name } = record.target;
    if (kind === 'installation') return deed('claimed this installation', 'claim this installation');
    if (kind === 'account') return deed(`signed in as ${name}`, `sign in as ${name}`);
    if (kind !== 'session') return undefined;
    return has(record, 'ended') ? deed('ended a session', 'end a session') : deed('signed in', 'sign in');
  },
  'identity:configure'(record) {
    if (record.target.kind !== 'keyring') return undefined;
    const what = record.changes[0]?.path ?? 'changed';
    return deed(`rotated keys: ${nameOf(record)} ${what}`, `rotate keys: ${nameOf(record)} ${what}`);
  },
  'access:projects': (record) => changed(record, record.target.kind),
  'environments:manage': (record) => changed(record, record.target.kind),
  'access:grant'(record) {
    const what = `a grant to ${nameOf(record)}`;
    if (has(record, 'revoked')) return deed(`took back ${what}`, `take back ${what}`);
    return has(record, 'granted') ? deed(`gave ${what}`, `give ${what}`) : deed(`changed ${what}`, `change ${what}`);
  },
  'clusters:register'(record) {
    const call = record.changes.find(({ path }) => path.startsWith('bootstrap/'))?.path.slice('bootstrap/'.length);
    if (call !== undefined) {
      const what = `cluster ${nameOf(record)}: ${call === 'manifest' ? 'the manifest' : call}`;
      return deed(`prepared ${what}`, `prepare ${what}`);
    }
    return deed(`registered cluster ${nameOf(record)}`, `register cluster ${nameOf(record)}`);
  },
  'clusters:update'(record, clusterName) {
    const { kind, name, cluster } = record.target;
    if (kind === 'namespace') {
      const what = `namespace ${name} in ${clusterName(cluster ?? '')}`;
      return deed(`prepared ${what}`, `prepare ${what}`);
    }
    if (after(record, 'state') === 'paused') return deed(`paused cluster ${name}`, `pause cluster ${name}`);
    if (has(record, 'state')) return deed(`resumed cluster ${name}`, `resume cluster ${name}`);
    const fields = record.changes.map(({ path }) => wordsOf(path)).join(', ');
    return deed(`changed ${fields} of cluster ${name}`, `change ${fields} of cluster ${name}`);
  },
  'clusters:credentials': (record) =>
    deed(`gave cluster ${nameOf(record)} a new credential`, `give cluster ${nameOf(record)} a new credential`),
  'clusters:remove': (record) => deed(`removed cluster ${nameOf(record)}`, `remove cluster ${nameOf(record)}`),
  'workloads:logs'({ target, changes }, clusterName) {
    const verb = changes.some(({ path, after: value }) => path === 'follow' && value === true) ? 'followed' : 'read';
    const what = `the logs of ${target.kind} ${target.name} in ${clusterName(target.cluster ?? '')}`;
    return deed(`${verb} ${what}`, `${verb === 'read' ? 'read' : 'follow'} ${what}`);
  },
  'applications:write': (record) => changed(record, 'application'),
  'applications:delete': (record) => deed(`deleted ${nameOf(record)}`, `delete ${nameOf(record)}`),
  'releases:create'(record, clusterName) {
    const { kind, cluster } = record.target;
    if (kind === 'run') {
      const what = `${nameOf(record)} in ${clusterName(cluster ?? '')}`;
      return deed(`applied ${what}`, `apply ${what}`);
    }
    const where = clustersOf(after(record, 'targets'));
    return deed(`released ${nameOf(record)}${where}`, `release ${nameOf(record)}${where}`);
  },
  'releases:rollback'(record) {
    const to = after(record, 'rollbackOf');
    const [place = ''] = nameOf(record).split(' #');
    const what = `${place}${to === undefined ? '' : ` to #${to}`}${clustersOf(after(record, 'targets'))}`;
    return deed(`rolled back ${what}`, `roll back ${what}`);
  },
  'releases:operate'(record) {
    const name = nameOf(record);
    // The worker: of a release whose actor lost the right to it, or that a rule stopped.
    if (has(record, 'state')) return deed(`set ${name} to ${after(record, 'state')}`, `go on with ${name}`);
    const [did, tried] = operations[record.changes[0]?.path ?? ''] ?? ['changed', 'change'];
    return deed(`${did} ${name}`, `${tried} ${name}`);
  },
  'releases:approve'(record) {
    const isWave = record.changes[0]?.path.startsWith('waves/') === true;
    const what = `${isWave ? 'a wave of ' : ''}${nameOf(record)}`;
    return record.changes[0]?.after === 'reject'
      ? deed(`rejected ${what}`, `reject ${what}`)
      : deed(`approved ${what}`, `approve ${what}`);
  },
  'releases:override-freeze': (record) =>
    deed(`let ${nameOf(record)} pass a freeze`, `let ${nameOf(record)} pass a freeze`),
  'audit:export'(record) {
    const format = after(record, 'format') === 'csv' ? 'CSV' : 'JSON lines';
    return deed(`exported the audit as ${format}`, `export the audit as ${format}`);
  },
};

/** What is done with a release under way: as it was done, and as it was tried. */
const operations: Record<string, readonly [did: string, tried: string]> = {
  pause: ['paused', 'pause'],
  resume: ['resumed', 'resume'],
  abort: ['aborted', 'abort'],
  skip: ['skipped a target of', 'skip a target of'],
  retry: ['retried a target of', 'retry a target of'],
  catchUp: ['had a target catch up with', 'have a target catch up with'],
  debtDismissed: ['dismissed what a target owes of', 'dismiss what a target owes of'],
  rejectionLifted: ['lifted the rejection of', 'lift the rejection of'],
};

function changed(record: AuditRecord, kind: string): Deed {
  const isNew = record.changes.length > 0 && record.changes.every(({ before }) => before === undefined);
  const what = `${kind} ${nameOf(record)}`;
  if (has(record, 'deleted')) return deed(`deleted ${what}`, `delete ${what}`);
  return isNew ? deed(`created ${what}`, `create ${what}`) : deed(`changed ${what}`, `change ${what}`);
}
