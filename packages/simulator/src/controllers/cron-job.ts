import { at, type KubeObject, objectOf, textOf } from '../objects/types.ts';
import { known } from '../objects/well-known.ts';
import { type Context, emit, manager, ownedBy, ownerOf, putStatus } from './context.ts';
import { nextTime } from './cron-schedule.ts';
import { isFinished } from './job.ts';

/** Makes a Job at each time of its schedule, forgets old ones, and plans the next time. */
export function reconcileCronJob(context: Context, namespace: string, name: string): unknown {
  const { store, due } = context;
  const cron = store.get(known.cronJobs, namespace, name);
  const key = `cronjob/${namespace}/${name}`;
  if (cron === undefined) return due.cancel(key);
  const jobs = store.list(known.jobs, namespace).filter((job) => ownedBy(job, cron.metadata.uid));
  forget(context, jobs, Number(at(cron, 'spec', 'successfulJobsHistoryLimit') ?? 3), 'Complete');
  forget(context, jobs, Number(at(cron, 'spec', 'failedJobsHistoryLimit') ?? 1), 'Failed');
  const active = jobs.filter((job) => !isFinished(job));
  const succeeded = jobs.map((job) => textOf(at(job, 'status', 'completionTime'))).sort();
  const last = succeeded.at(-1) || at(cron, 'status', 'lastSuccessfulTime');
  const { lastScheduleTime } = cron.status ?? {};
  const status = (scheduled: unknown, running: readonly KubeObject[]) => ({
    ...(running.length === 0 ? {} : { active: running.map(refOf) }),
    ...(scheduled === undefined ? {} : { lastScheduleTime: scheduled }),
    ...(last === undefined ? {} : { lastSuccessfulTime: last }),
  });
  putStatus(context, known.cronJobs, cron, status(lastScheduleTime, active));
  if (at(cron, 'spec', 'suspend') === true) return due.cancel(key);
  const now = context.now();
  const since = new Date(Date.parse(textOf(lastScheduleTime) || cron.metadata.creationTimestamp));
  const planned = nextTime(textOf(at(cron, 'spec', 'schedule')), since);
  if (planned === undefined) return;
  if (planned > now)
    return due.at(key, planned.getTime() - now.getTime(), () => reconcileCronJob(context, namespace, name));
  // After a pause only the latest of the missed times counts.
  let latest = planned;
  for (let next: Date | undefined = planned; next !== undefined && next <= now; ) {
    latest = next;
    next = nextTime(textOf(at(cron, 'spec', 'schedule')), next);
  }
  const isHeld = at(cron, 'spec', 'concurrencyPolicy') === 'Forbid' && active.length > 0;
  const job = isHeld ? undefined : start(context, cron, latest);
  const running = job === undefined ? active : [...active, job];
  const fresh = store.get(known.cronJobs, namespace, name) ?? cron;
  const stamp = `${latest.toISOString().slice(0, 19)}Z`;
  putStatus(context, known.cronJobs, fresh, status(stamp, running));
  reconcileCronJob(context, namespace, name);
}

function start(context: Context, cron: KubeObject, time: Date): KubeObject | undefined {
  const { namespace = '', name } = cron.metadata;
  const job = `${name}-${Math.floor(time.getTime() / 60_000)}`;
  if (context.store.get(known.jobs, namespace, job) !== undefined) return undefined;
  const template = objectOf(at(cron, 'spec', 'jobTemplate'));
  const given = objectOf(template.metadata);
  const at_ = { 'batch.kubernetes.io/cronjob-scheduled-timestamp': `${time.toISOString().slice(0, 19)}Z` };
  const annotations = { ...objectOf(given.annotations), ...at_ };
  const metadata = { ...given, name: job, annotations, ownerReferences: [ownerOf(cron)] };
  const made = context.writes.create(known.jobs, namespace, { metadata, spec: template.spec }, manager);
  emit(context, cron, 'Normal', 'SuccessfulCreate', `Created job ${job}`);
  return made;
}

function forget({ store }: Context, jobs: readonly KubeObject[], keep: number, ending: string): void {
  const ended = jobs.filter((job) =>
    (at(job, 'status', 'conditions') as { type: string }[] | undefined)?.some(({ type }) => type === ending),
  );
  const oldest = ended.toSorted((a, b) => (a.metadata.creationTimestamp < b.metadata.creationTimestamp ? -1 : 1));
  for (const job of oldest.slice(0, Math.max(0, oldest.length - keep))) store.remove(known.jobs, job);
}

function refOf({ apiVersion, kind, metadata: { name, namespace, uid, resourceVersion } }: KubeObject) {
  return { kind, namespace, name, uid, apiVersion, resourceVersion };
}
