import type { ImagePin, ReleasePreview, Strategy, UnwellDependency } from '@quarterdeck/contracts';
import { type Identity, maskSecret, type PreviewMemory } from '@quarterdeck/kubernetes';
import { toYaml } from '@quarterdeck/templating';
import { AppError } from '../../platform/errors.ts';
import type { Connections } from '../clusters/index.ts';
import type { Finding } from './finding.ts';
import { inspectTarget, scaledIn } from './inspect-target.ts';
import type { Plan, PlannedObject, PlannedTarget } from './plan-release.ts';
import { prepareObject } from './prepare-object.ts';
import type { FieldRule } from './questions.store.ts';
import type { ReadCapacity } from './read-capacity.ts';

type PreviewTarget = ReleasePreview['targets'][number];
type ReleaseImage = ReleasePreview['images'][string];

/** Compares a plan with every target by a server-side dry run; writes nothing. One cut cluster is named, not fatal. */
export async function previewPlan(
  plan: Plan,
  deps: {
    connections: Connections;
    identityFor: (target: PlannedTarget) => Promise<Identity>;
    fieldManager: string;
    strategy: Strategy;
    waveOf: (targetId: string) => number;
    pin: ImagePin;
    /** Images that were rolled back by themselves there. */
    rejected: readonly { reference: string; releaseNumber: number }[];
    /** What stands decided about fields, of any target. */
    rules: readonly FieldRule[];
    /** What the application needs and does not find there. */
    unwell: readonly UnwellDependency[];
    /** Nodes of a target that cannot run an image. */
    platforms: ReadonlyMap<string, readonly Finding[]>;
    readCapacity: ReadCapacity;
    /** Dry runs of a moment ago. */
    memory: PreviewMemory;
  },
): Promise<ReleasePreview> {
  const targets = (await Promise.all(plan.targets.map((target) => previewTarget(target, deps)))).map((target) => ({
    ...target,
    findings: [...(deps.platforms.get(target.targetId) ?? []), ...target.findings],
  }));
  const findings = [
    ...Object.entries(plan.images).flatMap(([slot, image]) => imageFindings(slot, image, deps.pin)),
    ...deps.unwell.map(unwellFinding),
    ...deps.rejected.map(
      ({ reference, releaseNumber }): Finding => ({
        level: 'warn',
        code: 'digest_rejected',
        detail: `${reference} was rolled back by itself in #${releaseNumber}.`,
        remedy: 'You are asked again before it is deployed.',
      }),
    ),
  ];
  return {
    contentSha256: plan.contentSha256,
    images: plan.images,
    targets,
    strategy: deps.strategy.name,
    waves: deps.strategy.waves,
    findings,
    deployable:
      targets.some((target) => target.reachable) &&
      targets.every((target) => target.findings.every((finding) => finding.level !== 'block')),
  };
}

const states: Partial<Record<UnwellDependency['health'], string>> = {
  failed: 'has failed',
  unknown: 'is in a state nobody knows',
  not_deployed: 'is not deployed',
};

/** It goes out all the same: what it needs may come later, or be mended meanwhile. */
export function unwellFinding(need: UnwellDependency): Finding {
  const { project, application, environment, theirs, health, clusters, reason } = need;
  const where = clusters.length === 0 ? '' : ` in ${clusters.join(', ')}`;
  const how =
    health === 'absent'
      ? `goes to no environment like ${environment}`
      : `${states[health] ?? health} in ${theirs ?? environment}${where}`;
  return {
    level: 'warn',
    code: 'dependency_unwell',
    detail: `It needs ${project}/${application}, which ${how}${reason === undefined ? '.' : `: ${reason}`}`,
    remedy: 'See to it first, or deploy and expect that this one waits for it.',
  };
}

/** What a registry did not tell, and a tag that has moved since its digest was looked up. */
function imageFindings(slot: string, image: ReleaseImage, pin: ImagePin): Finding[] {
  const field = `images.${slot}`;
  if (!image.pinned && pin === 'required')
    return [
      {
        level: 'warn',
        code: 'image_waits',
        detail: `${image.reference} is a tag, and this environment deploys digests alone: the release waits up to 30 minutes for its registry. ${image.note ?? ''}`,
        field,
        remedy: 'Mend the registry connection, or deploy by digest (…@sha256:…).',
      },
    ];
  if (!image.pinned)
    return [
      {
        level: 'warn',
        code: 'not_pinned',
        detail: `${image.reference} goes out as typed: what it names may change under this release. ${image.note ?? ''}`,
        field,
        remedy: 'Give the project a connection to its registry, or deploy by digest (…@sha256:…).',
      },
    ];
  return [
    ...(image.note === undefined
      ? []
      : [{ level: 'warn' as const, code: 'image_not_confirmed', detail: image.note, field }]),
    ...(image.tagNow === undefined
      ? []
      : [
          {
            level: 'info' as const,
            code: 'tag_moved',
            detail: `Tag ${image.tag} now names ${image.tagNow}; ${image.reference} goes out.`,
            field,
          },
        ]),
  ];
}

async function previewTarget(planned: PlannedTarget, deps: Parameters<typeof previewPlan>[1]): Promise<PreviewTarget> {
  const base = {
    targetId: planned.target.id,
    clusterId: planned.cluster.id,
    cluster: planned.cluster.slug,
    namespace: planned.target.namespace,
    wave: deps.waveOf(planned.target.id),
  };
  const unseen = (change: PreviewTarget['objects'][number]['change']) =>
    planned.objects.map((object) => toPreview(object, { change }));
  try {
    const client = await deps.connections.for(planned.cluster.id);
    const context = { client, identity: await deps.identityFor(planned), fieldManager: deps.fieldManager };
    const manifests = planned.objects.map(({ object }) => object);
    const scaled = await scaledIn(context, planned.target.namespace, manifests);
    const rules = deps.rules.filter(({ targetId }) => targetId === planned.target.id);
    const prepared = planned.objects.map((object) => prepareObject(object, object.object, rules, scaled));
    const { results, findings } = await inspectTarget(context, base, prepared, deps.readCapacity, {
      memory: deps.memory,
      place: `${planned.cluster.id} ${planned.cluster.version}`,
    });
    if (results.length === 0)
      return {
        ...base,
        reachable: true,
        findings,
        objects: unseen(findings.some(({ code }) => code === 'namespace_missing') ? 'create' : 'unknown'),
      };
    return {
      ...base,
      reachable: true,
      findings: findings.map(withWayOut),
      objects: results.map(({ result }, index) => toPreview(planned.objects[index] as PlannedObject, result)),
    };
  } catch (error) {
    const detail = error instanceof Error ? error.message : 'The cluster does not answer.';
    const code =
      error instanceof AppError || (error instanceof Error && 'code' in error)
        ? String((error as { code: unknown }).code)
        : 'cluster_unreachable';
    return {
      ...base,
      reachable: false,
      findings: [
        {
          level: 'warn',
          code,
          detail,
          remedy: 'The other targets can go ahead; this one follows when its cluster answers.',
        },
      ],
      objects: unseen('unknown'),
    };
  }
}

/** What waits for a decision does so on the release. */
function withWayOut(finding: Finding): Finding {
  const waits = ['conflict', 'not_adopted', 'immutable_field'].includes(finding.code) && finding.level === 'warn';
  return waits ? { ...finding, remedy: 'The release stops there before it writes, and asks you.' } : finding;
}

function refView(object: PlannedObject) {
  return {
    group: object.group,
    kind: object.kind,
    ...(object.namespace === '' ? {} : { namespace: object.namespace }),
    name: object.name,
  };
}

function toPreview(
  object: PlannedObject,
  result: {
    change: PreviewTarget['objects'][number]['change'];
    before?: object | undefined;
    after?: object | undefined;
  },
): PreviewTarget['objects'][number] {
  return {
    ...refView(object),
    change: result.change,
    sha256: object.sha256,
    ...(result.before === undefined ? {} : { before: toYaml(result.before) }),
    ...(result.after === undefined ? {} : { after: toYaml(result.after) }),
    rendered: toYaml(maskSecret({ ...object.object })),
  };
}
