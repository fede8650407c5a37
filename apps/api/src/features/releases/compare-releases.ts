import type { Comparison } from '@quarterdeck/contracts';
import { maskSecret } from '@quarterdeck/kubernetes';
import { isSame, mergeLayers, type ParameterValue, toYaml } from '@quarterdeck/templating';
import { AppError, conflict, notFound } from '../../platform/errors.ts';
import type { Principal } from '../../platform/principal.ts';
import type { Access } from '../access/index.ts';
import type { Applications, TargetRecord } from '../applications/index.ts';
import type { Clusters } from '../clusters/index.ts';
import type { Parameters } from '../templates/index.ts';
import type { DriftStore } from './drift.store.ts';
import { parsed, refOf, slugOf } from './release-bytes.ts';
import type { ObjectRecord, ReleaseRecord } from './release-rows.ts';
import type { Releases } from './releases.service.ts';
import type { ReleasesStore } from './releases.store.ts';

/** What is compared: a release, or what it put on one target. */
type Side = { release: ReleaseRecord; target?: TargetRecord };
type Leaf = { value: unknown; from?: Comparison['parameters'][number]['beforeFrom'] };
type Stored = ObjectRecord & { bytes: string };

/** Any two releases of an application, or what is on two of its targets by our books. */
export interface CompareReleases {
  releases(principal: Principal, before: ReleaseRecord, after: ReleaseRecord): Promise<Comparison>;
  /** @throws AppError 422 `target_unknown`, 409 `nothing_deployed` */
  targets(principal: Principal, applicationId: string, before: string, after: string): Promise<Comparison>;
}

export function createCompareReleases(deps: {
  access: Access;
  applications: Applications;
  parameters: Parameters;
  clusters: Clusters;
  store: ReleasesStore;
  driftStore: DriftStore;
  releases: Releases;
}): CompareReleases {
  const { access, applications, parameters, clusters, store, driftStore, releases } = deps;

  /** Values as the release has them; where they came from, as far as the layers of its day give the same values. */
  async function leavesOf(principal: Principal, { release, target }: Side): Promise<Map<string, Leaf>> {
    const { projectId, environmentId } = release;
    const place = { environmentId, ...(target === undefined ? {} : { targetId: target.id }) };
    // A rollback has the parameters of the release that it puts back.
    const source = release.rollbackOf === undefined ? release : await releases.record(release.rollbackOf.id);
    const layers = await parameters.asOf(release.applicationId, place, source.startedAt ?? source.createdAt);
    const value = (
      target === undefined
        ? release.parameters
        : mergeLayers([
            { kind: 'environment', value: release.parameters as ParameterValue },
            { kind: 'target', value: layers.merged },
          ])
    ) as ParameterValue;
    const merged = flatten(layers.merged);
    const mayTell = await access.may(principal, 'parameters:read', { projectId, environmentId });
    const sources = new Map(mayTell ? layers.provenanceOf(value).map((each) => [each.pointer, each]) : []);
    return new Map(
      [...flatten(value)].map(([pointer, leaf]) => {
        const source = sources.get(pointer);
        const isTold = source !== undefined && (source.layer === 'default' || isSame(merged.get(pointer), leaf));
        if (!isTold) return [pointer, { value: leaf }];
        const { pointer: _pointer, ...from } = source;
        return [pointer, { value: leaf, from }];
      }),
    );
  }

  async function objectsOf({ release, target }: Side): Promise<Stored[]> {
    return store.objectsOf(release.id, target?.id);
  }

  async function compare(principal: Principal, before: Side, after: Side): Promise<Comparison> {
    const [old, now, was, is, records, runs] = await Promise.all([
      leavesOf(principal, before),
      leavesOf(principal, after),
      objectsOf(before),
      objectsOf(after),
      clusters.records(),
      Promise.all([before, after].map(({ release }) => store.runsOf(release.id))).then((all) => all.flat()),
    ]);
    const isOfTargets = before.target !== undefined;
    const side = ({ release, target }: Side): Comparison['before'] => ({
      release: { id: release.id, number: release.number },
      ...(target === undefined
        ? {}
        : {
            cluster: records.find(({ id }) => id === target.clusterId)?.slug ?? '',
            namespace: target.namespace,
          }),
    });
    const clusterOf = (object: Stored) =>
      isOfTargets ? (side(after).cluster ?? '') : slugOf(object.targetId, runs, records);
    return {
      before: side(before),
      after: side(after),
      images: imagesThatDiffer(before.release, after.release),
      parameters: leavesThatDiffer(old, now),
      items: compareObjects(was, is, (object) => keyOf(object, isOfTargets)).map(({ object, ...item }) => ({
        ...refOf(object),
        cluster: clusterOf(object),
        ...item,
      })),
    };
  }

  async function sideOf(target: TargetRecord | undefined, pointer: string): Promise<Side> {
    if (target === undefined) {
      const detail = 'The application has no such target.';
      throw new AppError('target_unknown', 422, detail, { errors: [{ pointer, code: 'target_unknown', detail }] });
    }
    const [basis] = await driftStore.bases([target.id]);
    if (basis === undefined || basis.kind === 'remove')
      throw conflict('nothing_deployed', 'Nothing was put on one of the two targets yet.');
    return { release: await releases.record(basis.releaseId), target };
  }

  return {
    async releases(principal, before, after) {
      if (before.applicationId !== after.applicationId) throw notFound('This release of the application');
      return compare(principal, { release: before }, { release: after });
    },

    async targets(principal, applicationId, before, after) {
      const { environments } = await applications.record(applicationId);
      const targets = environments.flatMap((environment) => environment.targets);
      const of = (id: string) => targets.find((target) => target.id === id);
      const [left, right] = await Promise.all([sideOf(of(before), '/before'), sideOf(of(after), '/after')]);
      return compare(principal, left, right);
    },
  };
}

function imagesThatDiffer(before: ReleaseRecord, after: ReleaseRecord): Comparison['images'] {
  return [...new Set([...Object.keys(before.images), ...Object.keys(after.images)])].flatMap((slot) => {
    const [old, now] = [before.images[slot]?.reference, after.images[slot]?.reference];
    if (old === now) return [];
    return [{ slot, ...(old === undefined ? {} : { before: old }), ...(now === undefined ? {} : { after: now }) }];
  });
}

function leavesThatDiffer(before: Map<string, Leaf>, after: Map<string, Leaf>): Comparison['parameters'] {
  return [...new Set([...before.keys(), ...after.keys()])].sort().flatMap((pointer) => {
    const [old, now] = [before.get(pointer), after.get(pointer)];
    if (isSame(old?.value, now?.value)) return [];
    return [
      {
        pointer,
        ...(old === undefined ? {} : { before: old.value }),
        ...(now === undefined ? {} : { after: now.value }),
        ...(old?.from === undefined ? {} : { beforeFrom: old.from }),
        ...(now?.from === undefined ? {} : { afterFrom: now.from }),
      },
    ];
  });
}

function compareObjects(before: readonly Stored[], after: readonly Stored[], keyOf: (object: Stored) => string) {
  const old = new Map(before.map((object) => [keyOf(object), object]));
  const now = new Map(after.map((object) => [keyOf(object), object]));
  return [...new Map([...old, ...now])].map(([key, object]) => {
    const [was, is] = [old.get(key), now.get(key)];
    return {
      object,
      change: changeOf(was?.sha256, is?.sha256),
      ...(was === undefined ? {} : { before: toYaml(maskSecret(parsed(was.bytes))) }),
      ...(is === undefined
        ? {}
        : { after: toYaml(maskSecret(parsed(is.bytes), was === undefined ? undefined : parsed(was.bytes))) }),
    };
  });
}

function changeOf(before: string | undefined, after: string | undefined): 'create' | 'delete' | 'change' | 'unchanged' {
  if (before === undefined) return 'create';
  if (after === undefined) return 'delete';
  return before === after ? 'unchanged' : 'change';
}

/** Of two targets the namespaces may differ, too: an object is the same by its kind and name. */
function keyOf({ targetId, group, kind, namespace, name }: ObjectRecord, isOfTargets: boolean): string {
  return (isOfTargets ? [group, kind, name] : [targetId, group, kind, namespace, name]).join('/');
}

/** Leaves by JSON pointer; lists are leaves. */
function flatten(value: unknown, pointer = '', found = new Map<string, unknown>()): Map<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) found.set(pointer, value);
  else
    for (const [key, item] of Object.entries(value))
      flatten(item, `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`, found);
  return found;
}
