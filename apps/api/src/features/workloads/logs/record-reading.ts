import type { Actor } from '../../../platform/principal.ts';
import type { Access } from '../../access/index.ts';
import type { Audit } from '../../audit/index.ts';

/** What was read of a namespace, as its record tells it. */
export type Reading = {
  /** `pod`, or the kind of a workload in small letters. */
  kind: string;
  name: string;
  clusterId: string;
  namespace: string;
  /** What was asked for; what is `undefined` is left out. */
  asked: Readonly<Record<string, string | number | boolean | undefined>>;
};

/** Each reading is in the trail before its first line leaves. */
export async function recordReading(
  { access, audit }: { access: Pick<Access, 'projects'>; audit: Pick<Audit, 'record'> },
  actor: Actor,
  { kind, name, clusterId: cluster, namespace, asked }: Reading,
): Promise<void> {
  const owner = await access.projects.ownerOf(cluster, namespace);
  await audit.record(actor, [
    {
      action: 'workloads:logs',
      target: {
        kind,
        name,
        cluster,
        namespace,
        ...(owner === undefined ? {} : { project: owner.projectId, environment: owner.environmentId }),
      },
      changes: Object.entries(asked)
        .filter(([, after]) => after !== undefined)
        .map(([path, after]) => ({ path, after })),
    },
  ]);
}
