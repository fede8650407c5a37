import { type ApplyContext, ClusterError, type KubernetesObject } from '@quarterdeck/kubernetes';
import type { Access } from '../access/index.ts';
import type { Clusters, Connections } from '../clusters/index.ts';
import { deployerIdentity } from './deployer-identity.ts';
import type { Finding } from './finding.ts';
import { inspectTarget, scaledIn } from './inspect-target.ts';
import type { MachineStore } from './machine.store.ts';
import type { ReleaseMachine } from './machine.ts';
import { isOutOfReach } from './machine-rows.ts';
import type { PreflightResult } from './preflight-actions.ts';
import { type PreparedObject, prepareObject } from './prepare-object.ts';
import type { QuestionsStore, RunQuestion } from './questions.store.ts';
import type { ReadCapacity } from './read-capacity.ts';
import type { ReleaseRecord, RunRecord, StoredVerdict } from './release-rows.ts';
import type { ReleasesStore } from './releases.store.ts';
import type { RunsStore } from './runs.store.ts';

/** Autoscalers by their kinds: one that a release has no more is taken away before its workload is applied. */
export const scalerKinds: ReadonlySet<string> = new Set(['HorizontalPodAutoscaler', 'ScaledObject']);

export type Preflight = {
  /** Objects of a run as they go out on its target, in their order; those that stay as they are left out. */
  prepare(
    context: ApplyContext,
    run: Pick<RunRecord, 'id' | 'releaseId' | 'targetId' | 'namespace'>,
  ): Promise<PreparedObject[]>;
  /** Looks at all that a run would write; writes nothing. @throws ClusterError the cluster does not answer */
  ofRun(
    context: ApplyContext,
    run: Pick<RunRecord, 'id' | 'releaseId' | 'targetId' | 'namespace' | 'clusterId'>,
  ): Promise<PreflightResult>;
  /** Looks at the first wave of a release as a whole, and lets it go, or not. */
  ofRelease(releaseId: string): Promise<void>;
};

/** What a release would meet is known before it writes anything. */
export function createPreflight(deps: {
  access: Access;
  clusters: Clusters;
  connections: Connections;
  store: ReleasesStore;
  runs: RunsStore;
  machineStore: MachineStore;
  machine: ReleaseMachine;
  questions: QuestionsStore;
  readCapacity: ReadCapacity;
  fieldManager: string;
}): Preflight {
  const { access, clusters, connections, store, runs, machineStore, machine, questions, readCapacity, fieldManager } =
    deps;

  const prepare: Preflight['prepare'] = async (context, run) => {
    const [objects, steps, rules, left] = await Promise.all([
      store.objectsOf(run.releaseId, run.targetId),
      store.stepsOf([run.id]),
      questions.rulesOf([run.targetId]),
      runs.leftovers(run),
    ]);
    const leaving = left.objects.flatMap(({ kind, uid }) => (scalerKinds.has(kind) ? (uid ?? []) : []));
    const manifests = objects.map(({ bytes }) => JSON.parse(bytes) as KubernetesObject);
    const scaled = await scaledIn(context, run.namespace, manifests, new Set(leaving));
    return objects.flatMap((record, index) => {
      const step = steps.find(({ seq }) => seq === record.seq);
      if (step?.kind === 'leave') return [];
      return prepareObject(record, manifests[index] as KubernetesObject, rules, scaled, step);
    });
  };

  const ofRun: Preflight['ofRun'] = async (context, run) => {
    const cluster = (await clusters.records()).find(({ id }) => id === run.clusterId)?.slug ?? '';
    const place = { cluster, namespace: run.namespace };
    const { results, findings } = await inspectTarget(context, place, await prepare(context, run), readCapacity);
    return judge(findings, results);
  };

  /** A target that cannot be asked now holds nobody up: it is looked at before its own first write. */
  async function ofRunOfWave(release: ReleaseRecord, run: RunRecord): Promise<PreflightResult> {
    const number = await access.projects.numberIn(run.clusterId, release.projectId);
    if (number === undefined) return { outcome: 'unseen', findings: [] };
    try {
      const client = await connections.for(run.clusterId);
      const identity = deployerIdentity(number, { actor: release.createdBy, release: release.id });
      return await ofRun({ client, identity, fieldManager }, run);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : '';
      if (error instanceof ClusterError || isOutOfReach(code)) return { outcome: 'unseen', findings: [] };
      throw error;
    }
  }

  return {
    prepare,
    ofRun,

    async ofRelease(releaseId) {
      const release = await store.findById(releaseId);
      if (release === undefined) return;
      const first = (await store.runsOf(releaseId)).filter(({ wave, state }) => wave === 0 && state === 'pending');
      const results = await Promise.all(first.map(async (run) => [run.id, await ofRunOfWave(release, run)] as const));
      await machineStore.markPreflighted(
        results.map(([id, { outcome, findings }]) => ({ id, passed: outcome === 'passed', findings })),
      );
      await machine.endPreflight(releaseId, new Map(results));
    },
  };
}

function judge(
  findings: readonly Finding[],
  results: readonly { object: PreparedObject; result: { questions: readonly Omit<RunQuestion, 'seq'>[] } }[],
): PreflightResult {
  if (findings.some(({ code }) => isOutOfReach(code))) return { outcome: 'unseen', findings };
  const blocking = findings.filter(({ level }) => level === 'block');
  if (blocking[0] !== undefined) return { outcome: 'refused', verdict: verdictOf(blocking[0], blocking), findings };
  if (findings.some(({ code }) => code === 'namespace_missing')) return { outcome: 'unseen', findings };
  const asked = results.flatMap(({ object, result }) =>
    result.questions.map((question): RunQuestion => ({ ...question, seq: object.record.seq })),
  );
  const finding = findings.find(({ code }) => asking.has(code));
  if (asked.length === 0 || finding === undefined) return { outcome: 'passed', findings };
  return { outcome: 'asks', verdict: verdictOf(finding, []), questions: asked, findings };
}

const asking = new Set(['conflict', 'not_adopted', 'immutable_field']);

/** The first finding in words, the others as evidence. */
function verdictOf(finding: Finding, all: readonly Finding[]): StoredVerdict {
  return {
    code: finding.code,
    summary: finding.detail,
    evidence: all
      .slice(1, 6)
      .map(({ object, detail }) => (object === undefined ? detail : `${object.kind} ${object.name}: ${detail}`)),
    ...(finding.object === undefined ? {} : { object: finding.object }),
    ...(finding.remedy === undefined ? {} : { nextStep: finding.remedy }),
  };
}
