import { selectorText } from '../objects/selectors.ts';
import { at, type KubeObject, listOf, textOf } from '../objects/types.ts';
import { ago, lasting, named, none, number, type Printer, pairs, text } from './columns.ts';

/** Names and images of a template's containers, with the selector behind where there is one. */
function containers(object: KubeObject, path: string[], withSelector = true): string[] {
  const list = listOf(at(object, ...path, 'template', 'spec', 'containers'));
  const both = ['name', 'image'].map((field) => list.map((each) => textOf(each[field])).join(','));
  return withSelector ? [...both, selectorText(at(object, ...path, 'selector')) || none] : both;
}

function has(object: KubeObject, condition: string): boolean {
  return listOf(at(object, 'status', 'conditions')).some(({ type, status }) => type === condition && status === 'True');
}

const wide = 'Containers+ Images+';

/** Of workloads, by `Kind`. */
export const workloadPrinters: Readonly<Record<string, Printer>> = {
  Deployment: named(`Name Ready Up-to-date Available Age ${wide} Selector+`, (object, _, age) => [
    `${number(object, 'status', 'readyReplicas')}/${number(object, 'spec', 'replicas')}`,
    number(object, 'status', 'updatedReplicas'),
    number(object, 'status', 'availableReplicas'),
    age,
    ...containers(object, ['spec']),
  ]),
  ReplicaSet: named(`Name Desired:integer Current:integer Ready:integer Age ${wide} Selector+`, (object, _, age) => [
    number(object, 'spec', 'replicas'),
    number(object, 'status', 'replicas'),
    number(object, 'status', 'readyReplicas'),
    age,
    ...containers(object, ['spec']),
  ]),
  StatefulSet: named(`Name Ready Age ${wide}`, (object, _, age) => [
    `${number(object, 'status', 'readyReplicas')}/${number(object, 'spec', 'replicas')}`,
    age,
    ...containers(object, ['spec'], false),
  ]),
  DaemonSet: named(
    `Name Desired:integer Current:integer Ready:integer Up-to-date:integer Available:integer Node_Selector Age ${wide} Selector+`,
    (object, _, age) => [
      number(object, 'status', 'desiredNumberScheduled'),
      number(object, 'status', 'currentNumberScheduled'),
      number(object, 'status', 'numberReady'),
      number(object, 'status', 'updatedNumberScheduled'),
      number(object, 'status', 'numberAvailable'),
      pairs(at(object, 'spec', 'template', 'spec', 'nodeSelector')),
      age,
      ...containers(object, ['spec']),
    ],
  ),
  Job: named(`Name Status Completions Duration Age ${wide} Selector+`, (object, nowMs, age) => [
    jobStatus(object),
    `${number(object, 'status', 'succeeded')}/${number(object, 'spec', 'completions') || 1}`,
    jobDuration(object, nowMs),
    age,
    ...containers(object, ['spec']),
  ]),
  CronJob: named(
    `Name Schedule Timezone Suspend:boolean Active:integer Last_Schedule Age ${wide} Selector+`,
    (object, nowMs, age) => {
      const last = text(object, 'status', 'lastScheduleTime');
      return [
        text(object, 'spec', 'schedule'),
        text(object, 'spec', 'timeZone') || none,
        at(object, 'spec', 'suspend') === true ? 'True' : 'False',
        listOf(at(object, 'status', 'active')).length,
        last === '' ? none : ago(last, nowMs),
        age,
        ...containers(object, ['spec', 'jobTemplate', 'spec']),
      ];
    },
  ),
  ControllerRevision: named('Name Controller Revision Age', (object, _, age) => {
    const owner = (object.metadata.ownerReferences ?? []).find(({ controller }) => controller === true);
    const group = owner?.apiVersion.includes('/') === true ? `.${owner.apiVersion.split('/')[0]}` : '';
    const by = owner === undefined ? none : `${owner.kind.toLowerCase()}${group}/${owner.name}`;
    return [by, number(object, 'revision'), age];
  }),
};

function jobStatus(job: KubeObject): string {
  const found = ['Complete', 'Failed'].find((type) => has(job, type));
  if (found !== undefined) return found;
  if (job.metadata.deletionTimestamp !== undefined) return 'Terminating';
  return ['Suspended', 'FailureTarget', 'SuccessCriteriaMet'].find((type) => has(job, type)) ?? 'Running';
}

function jobDuration(job: KubeObject, nowMs: number): string {
  const [start, end] = ['startTime', 'completionTime'].map((field) => Date.parse(text(job, 'status', field)));
  if (start === undefined || Number.isNaN(start)) return '';
  return lasting((end === undefined || Number.isNaN(end) ? nowMs : end) - start);
}
