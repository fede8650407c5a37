import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { failAnnotation, failInitAnnotation, readyAfterAnnotation } from '@quarterdeck/simulator';

const mode = `(.metadata.annotations["${failAnnotation}"] // (if .metadata.annotations["${failInitAnnotation}"] then "init" elif any(.spec.containers[].image; endswith(":missing")) then "image-pull" else "none" end))`;
const waitingReason = '(.status.containerStatuses[0].state.waiting.reason // "none")';

/** KWOK's own stages, with ours for failing pods, as YAML documents. */
export async function readStages(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.yaml')).sort();
  const documents = await Promise.all(
    names.map(async (name) => {
      const text = await readFile(join(folder, name), 'utf8');
      return name === 'pod-ready.yaml' ? leaveFailingPodsAlone(text) : text;
    }),
  );
  return [...documents, ...[...failingStages(), readyAgain].map((stage) => JSON.stringify(stage))];
}

/** Inserted into KWOK's stage rather than written anew, so that its status template stays the one of the pinned version. */
function leaveFailingPodsAlone(stage: string): string {
  const condition = [`    - key: '${mode}'`, "      operator: 'In'", '      values:', "      - 'none'"].join('\n');
  const delay = [
    '  delay:',
    '    durationMilliseconds: 0',
    '    durationFrom:',
    `      expressionFrom: '.metadata.annotations["${readyAfterAnnotation}"]'`,
  ].join('\n');
  const changed = stage
    .replace('    matchExpressions:\n', () => `    matchExpressions:\n${condition}\n`)
    .replace('\n  next:\n', () => `\n${delay}\n  next:\n`);
  if (!changed.includes(condition) || !changed.includes(delay)) {
    throw new Error('the stage pod-ready of this KWOK version has another form than expected');
  }
  return changed;
}

/**
 * The node controller says of the pods of a node that it lost sight of that they are not ready; a kubelet that is heard of
 * again says how they are.
 */
const readyAgain = stage('pod-ready-again', {
  when: [
    is(mode, 'none'),
    is('.status.phase', 'Running'),
    is('.status.conditions.[] | select( .type == "ContainersReady" ) | .status', 'True'),
    is('.status.conditions.[] | select( .type == "Ready" ) | .status', 'False'),
  ],
  afterMs: 1000,
  event: { type: 'Normal', reason: 'ReadyAgain', message: 'Its node is heard of again' },
  status: [
    '{{ $now := Now }}',
    'conditions:',
    ...['PodScheduled', 'Initialized', 'ContainersReady', 'Ready'].flatMap((type) => [
      `- type: ${type}`,
      '  status: "True"',
      '  lastTransitionTime: {{ $now | Quote }}',
    ]),
    '',
  ].join('\n'),
});

function failingStages(): unknown[] {
  return [
    stage('pod-image-pull-fails', {
      when: [is(mode, 'image-pull'), is('.status.phase', 'Pending'), is(waitingReason, 'none')],
      event: { type: 'Warning', reason: 'Failed', message: 'Error: ErrImagePull' },
      status: podStatus('Pending', [
        ...waiting('ErrImagePull', `printf "failed to pull and unpack image %q: not found" .image`),
        '  restartCount: 0',
      ]),
    }),
    stage('pod-image-pull-backs-off', {
      when: [is(mode, 'image-pull'), is(waitingReason, 'ErrImagePull')],
      afterMs: 500,
      event: { type: 'Warning', reason: 'Failed', message: 'Error: ImagePullBackOff' },
      status: podStatus('Pending', [
        ...waiting('ImagePullBackOff', `printf "Back-off pulling image %q" .image`),
        '  restartCount: 0',
      ]),
    }),
    stage('pod-crashes', {
      when: [is(mode, 'crash-loop'), is('.status.phase', 'Pending')],
      event: { type: 'Warning', reason: 'BackOff', message: 'Back-off restarting failed container' },
      status: podStatus('Running', [...crashed, '  restartCount: 1'], true),
    }),
    stage('pod-crashes-again', {
      when: [
        is(mode, 'crash-loop'),
        is('.status.phase', 'Running'),
        is('(.status.containerStatuses[0].restartCount < 5)', 'true'),
      ],
      afterMs: 2000,
      event: { type: 'Warning', reason: 'BackOff', message: 'Back-off restarting failed container' },
      status: podStatus('Running', [
        ...crashed,
        '  restartCount: {{ add 1 (index $root.status.containerStatuses 0).restartCount }}',
      ]),
    }),
    stage('pod-out-of-memory', {
      when: [is(mode, 'out-of-memory'), is('.status.phase', 'Pending')],
      event: { type: 'Warning', reason: 'BackOff', message: 'Back-off restarting failed container' },
      status: podStatus('Running', [...backsOff(137, 'OOMKilled'), '  restartCount: 2'], true),
    }),
    stage('pod-killed-by-its-probe', {
      when: [is(mode, 'liveness'), is('.status.phase', 'Pending')],
      event: {
        type: 'Warning',
        reason: 'Unhealthy',
        message: 'Liveness probe failed: HTTP probe failed with statuscode: 503',
      },
      status: podStatus('Running', [...backsOff(137, 'Error'), '  restartCount: 2'], true),
    }),
    stage('pod-init-fails', {
      when: [is(mode, 'init'), is('.status.phase', 'Pending'), is(initReason, 'none')],
      event: { type: 'Warning', reason: 'BackOff', message: 'Back-off restarting failed container' },
      status: initStatus,
    }),
    ...['secret', 'configmap'].map((kind) =>
      stage(`pod-${kind}-missing`, {
        when: [is(mode, `${kind}-missing`), is('.status.phase', 'Pending'), is(waitingReason, 'none')],
        event: { type: 'Warning', reason: 'Failed', message: `Error: ${kind} "absent" not found` },
        status: podStatus('Pending', [
          ...waiting('CreateContainerConfigError', `printf "${kind} %q not found" "absent"`),
          '  restartCount: 0',
        ]),
      }),
    ),
    stage('pod-never-ready', {
      when: [is(mode, 'never-ready'), is('.status.phase', 'Pending')],
      event: {
        type: 'Warning',
        reason: 'Unhealthy',
        message: 'Readiness probe failed: HTTP probe failed with statuscode: 503',
      },
      status: podStatus(
        'Running',
        ['  started: true', '  restartCount: 0', '  state:', '    running:', '      startedAt: {{ $now | Quote }}'],
        true,
      ),
    }),
  ];
}

const initReason = '(.status.initContainerStatuses[0].state.waiting.reason // "none")';

/** A container that ended and waits to be started again. */
function backsOff(exitCode: number, reason: string): string[] {
  return [
    ...waiting('CrashLoopBackOff', `printf "back-off restarting failed container %s" .name`),
    '  lastState:',
    '    terminated:',
    `      exitCode: ${exitCode}`,
    `      reason: ${reason}`,
    '      startedAt: {{ $now | Quote }}',
    '      finishedAt: {{ $now | Quote }}',
  ];
}

const crashed = backsOff(1, 'Error');

/** The status of a pod whose first init container ends with an error again and again. */
const initStatus = [
  '{{ $now := Now }}',
  'phase: Pending',
  'conditions:',
  '- type: Initialized',
  '  status: "False"',
  '  reason: ContainersNotInitialized',
  '  message: containers with incomplete status',
  '  lastTransitionTime: {{ $now | Quote }}',
  'initContainerStatuses:',
  '{{ range .spec.initContainers }}',
  '- name: {{ .name | Quote }}',
  '  image: {{ .image | Quote }}',
  '  ready: false',
  ...crashed,
  '  restartCount: 2',
  '{{ end }}',
  '',
].join('\n');

function waiting(reason: string, message: string): string[] {
  return ['  state:', '    waiting:', `      reason: ${reason}`, `      message: {{ ${message} | Quote }}`];
}

/** The status of a pod none of whose containers is ready; `container` are the further lines of each. */
function podStatus(phase: string, container: string[], withAddress = false): string {
  const notReady = (type: string) => [
    `- type: ${type}`,
    '  status: "False"',
    '  reason: ContainersNotReady',
    '  message: containers with unready status',
    '  lastTransitionTime: {{ $now | Quote }}',
  ];
  return [
    '{{ $now := Now }}',
    '{{ $root := . }}',
    `phase: ${phase}`,
    'conditions:',
    ...['- type: Initialized', '  status: "True"', '  lastTransitionTime: {{ $now | Quote }}'],
    ...notReady('Ready'),
    ...notReady('ContainersReady'),
    'containerStatuses:',
    '{{ range .spec.containers }}',
    '- name: {{ .name | Quote }}',
    '  image: {{ .image | Quote }}',
    '  ready: false',
    ...container,
    '{{ end }}',
    ...(withAddress ? address : []),
    '',
  ].join('\n');
}

const address = [
  'startTime: {{ $now | Quote }}',
  '{{ $podIPs := PodIPsWith .spec.nodeName ( or .spec.hostNetwork false ) ( or .metadata.uid "" ) ( or .metadata.name "" ) ( or .metadata.namespace "" ) }}',
  '{{ with $podIPs }}',
  'podIP: {{ index . 0 | Quote }}',
  'podIPs:',
  '{{ range . }}',
  '- ip: {{ . | Quote }}',
  '{{ end }}',
  '{{ end }}',
];

type Condition = { key: string; operator: string; values?: string[] };

function is(key: string, value: string): Condition {
  return { key, operator: 'In', values: [value] };
}

function stage(name: string, step: { when: Condition[]; afterMs?: number; event: unknown; status: string }): unknown {
  return {
    apiVersion: 'kwok.x-k8s.io/v1alpha1',
    kind: 'Stage',
    metadata: { name },
    spec: {
      resourceRef: { apiGroup: 'v1', kind: 'Pod' },
      selector: { matchExpressions: [{ key: '.metadata.deletionTimestamp', operator: 'DoesNotExist' }, ...step.when] },
      delay: { durationMilliseconds: step.afterMs ?? 0 },
      next: { event: step.event, statusTemplate: step.status },
    },
  };
}
