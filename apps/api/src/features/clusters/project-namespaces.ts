import { ensureProjectNamespace, NamespaceProblem } from '@quarterdeck/kubernetes';
import { AppError } from '../../platform/errors.ts';
import type { Actor } from '../../platform/principal.ts';
import type { Access } from '../access/index.ts';
import type { Audit, AuditEntry } from '../audit/index.ts';
import type { Connections } from './connections.ts';

/** Namespaces of projects inside member clusters. */
export interface ProjectNamespaces {
  /**
   * Makes the namespace that a project owns in a cluster ready: it exists, and the project's groups have their rungs
   * in it. May run twice. An intent record goes before, an outcome record after.
   * @throws AppError `namespace_unowned` | `namespace_reserved` | `namespace_foreign` | `namespace_terminating` |
   *   `namespace_refused` (all 409), `cluster_unreachable` (503)
   */
  ensure(actor: Actor, clusterId: string, namespace: string): Promise<void>;
}

export function createProjectNamespaces(deps: {
  access: Access;
  audit: Audit;
  connections: Connections;
  installation: string;
}): ProjectNamespaces {
  const { access, audit, connections, installation } = deps;
  return {
    async ensure(actor, clusterId, namespace) {
      const owner = await access.projects.ownerOf(clusterId, namespace);
      if (owner === undefined) {
        throw new AppError('namespace_unowned', 409, `No environment of a project owns namespace ${namespace} here.`);
      }
      const client = await connections.for(clusterId);
      const project = await access.projects.get(owner.projectId);
      const entry = entryOf(clusterId, namespace, owner.projectId);
      await audit.record(actor, [{ ...entry, reason: 'intent' }]);
      try {
        const made = await ensureProjectNamespace(client, {
          namespace,
          project: { number: project.number, slug: project.slug },
          installation,
        });
        await audit.record(actor, [{ ...entry, reason: made ? 'made' : 'was ready' }]);
      } catch (error) {
        const code = error instanceof NamespaceProblem ? error.code : 'cluster_unreachable';
        await audit.record(actor, [{ ...entry, outcome: 'failed', code }]);
        if (error instanceof NamespaceProblem) throw new AppError(error.code, 409, error.message, { cause: error });
        throw error;
      }
    },
  };
}

function entryOf(clusterId: string, namespace: string, project: string): AuditEntry {
  return {
    action: 'clusters:update',
    target: {
      kind: 'namespace',
      id: clusterId,
      name: namespace,
      cluster: clusterId,
      namespace,
      project,
    },
  };
}
