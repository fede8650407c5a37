import type { ReleasePreview, Strategy } from '@quarterdeck/contracts';
import { type ClusterClient, type Identity, maskSecret, previewObject } from '@quarterdeck/kubernetes';
import { toYaml } from '@quarterdeck/templating';
import { AppError } from '../../platform/errors.ts';
import type { Connections } from '../clusters/index.ts';
import type { Plan, PlannedObject, PlannedTarget } from './plan-release.ts';

type PreviewTarget = ReleasePreview['targets'][number];
type Finding = PreviewTarget['findings'][number];

/** Compares a plan with every target by a server-side dry run; writes nothing. One cut cluster is named, not fatal. */
export async function previewPlan(
  plan: Plan,
  deps: {
    connections: Connections;
    identityFor: (target: PlannedTarget) => Promise<Identity>;
    fieldManager: string;
    strategy: Strategy;
    waveOf: (targetId: string) => number;
  },
): Promise<ReleasePreview> {
  const targets = await Promise.all(plan.targets.map((target) => previewTarget(target, deps)));
  const findings: Finding[] = Object.entries(plan.images)
    .filter(([, image]) => !image.pinned)
    .map(([slot, image]) => ({
      level: 'warn',
      code: 'not_pinned',
      detail: `${image.reference} is a tag: what it names may change under this release.`,
      field: `images.${slot}`,
      remedy: 'Deploy by digest (…@sha256:…) to pin it.',
    }));
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
