import type { ImagePin, ReleasePreview, Strategy } from '@quarterdeck/contracts';
import { type ClusterClient, type Identity, maskSecret, previewObject } from '@quarterdeck/kubernetes';
import { toYaml } from '@quarterdeck/templating';
import { AppError } from '../../platform/errors.ts';
import type { Connections } from '../clusters/index.ts';
import type { Plan, PlannedObject, PlannedTarget } from './plan-release.ts';

type PreviewTarget = ReleasePreview['targets'][number];
export type Finding = PreviewTarget['findings'][number];
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
    /** Nodes of a target that cannot run an image. */
    platforms: ReadonlyMap<string, readonly Finding[]>;
  },
): Promise<ReleasePreview> {
  const targets = (await Promise.all(plan.targets.map((target) => previewTarget(target, deps)))).map((target) => ({
    ...target,
    findings: [...(deps.platforms.get(target.targetId) ?? []), ...target.findings],
  }));
  const findings = Object.entries(plan.images).flatMap(([slot, image]) => imageFindings(slot, image, deps.pin));
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
  const unseen = () => planned.objects.map((object) => toPreview(object, { change: 'unknown' }));
  try {
    const client = await deps.connections.for(planned.cluster.id);
    const namespace = await namespaceFinding(client, planned.target.namespace);
    if (namespace !== undefined) {
      const change = namespace.level === 'block' ? 'unknown' : 'create';
      return {
        ...base,
        reachable: true,
        findings: [namespace],
        objects: planned.objects.map((object) => toPreview(object, { change })),
      };
    }
    const context = { client, identity: await deps.identityFor(planned), fieldManager: deps.fieldManager };
    const results = await Promise.all(
      planned.objects.map(async (object) => ({ object, result: await previewObject(context, object.object) })),
    );
    const findings = results.flatMap(({ object, result }) => [
      ...(result.finding === undefined ? [] : [{ ...result.finding, object: refView(object) }]),
      ...result.warnings.map(
        (detail): Finding => ({ level: 'warn', code: 'cluster_warning', detail, object: refView(object) }),
      ),
    ]);
    return {
      ...base,
      reachable: true,
      findings,
      objects: results.map(({ object, result }) => toPreview(object, result)),
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
      objects: unseen(),
    };
  }
}

/** A namespace that is new cannot be previewed into; one that is somebody else's stays theirs. */
async function namespaceFinding(client: ClusterClient, namespace: string): Promise<Finding | undefined> {
  const response = await client.request<{ metadata?: { labels?: Record<string, string> } }>({
    method: 'GET',
    path: `/api/v1/namespaces/${namespace}`,
    identity: { user: 'quarterdeck:worker', groups: ['quarterdeck:workers'] },
    priority: 'interactive',
  });
  if (response.status === 404) {
    return {
      level: 'info',
      code: 'namespace_missing',
      detail: `Namespace ${namespace} does not exist there yet: this release creates it, so its objects cannot be previewed.`,
    };
  }
  if (response.status === 200 && response.body.metadata?.labels?.['app.kubernetes.io/managed-by'] !== 'quarterdeck') {
    return {
      level: 'block',
      code: 'namespace_foreign',
      detail: `Namespace ${namespace} exists and is not ours.`,
      remedy: `Take another namespace, or label it: kubectl label namespace ${namespace} app.kubernetes.io/managed-by=quarterdeck`,
    };
  }
  return undefined;
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
