import type { Database } from '@quarterdeck/database';
import {
  type BindingOwner,
  type ClusterClient,
  ClusterError,
  cameLater,
  ensureProjectNamespace,
  isProjectNamespaceReady,
  NamespaceProblem,
  readProjectNumbers,
  removeProjectBindings,
} from '@quarterdeck/kubernetes';
import { AppError } from '../../platform/errors.ts';
import { gather } from '../../platform/jobs/gather.ts';
import type { Actor } from '../../platform/principal.ts';
import type { Access, Project } from '../access/index.ts';
import type { Audit, AuditEntry } from '../audit/index.ts';
import type { ClustersStore } from './clusters.store.ts';
import type { Connections } from './connections.ts';

/** Namespaces of projects inside member clusters. */
export interface ProjectNamespaces {
  /**
   * Makes the namespace that a project owns in a cluster ready: it exists, and the project's groups have their rungs
   * in it. The first one of a project takes its number there. May run twice. An intent record goes before, an outcome
   * record after, where there is anything to write.
   * @throws AppError `namespace_unowned` | `namespace_reserved` | `namespace_foreign` | `namespace_terminating` |
   *   `namespace_unprepared` | `namespace_refused` | `project_numbers_exhausted` (all 409), `cluster_unreachable` (503)
   */
  ensure(actor: Actor, clusterId: string, namespace: string): Promise<void>;
}

/** How often a number may turn out to be taken by somebody else before the work is given up. */
const maxTries = 3;

type ReadyPlace = { clusterId: string; namespace: string; number: number };

export function createProjectNamespaces(deps: {
  database: Database;
  access: Access;
  audit: Audit;
  store: Pick<ClustersStore, 'findById'>;
  connections: Connections;
  installation: string;
}): ProjectNamespaces {
  const { database, access, audit, store, connections, installation } = deps;

  /** The number is taken in the transaction of the intent record; asking the cluster which are free comes before. */
  async function takeNumber(
    actor: Actor,
    client: ClusterClient,
    { clusterId, project, entry }: { clusterId: string; project: Project; entry: AuditEntry },
  ): Promise<number> {
    const seen = await readProjectNumbers(client);
    const number = await database.transaction(async (tx) => {
      const taken = await access.projects.takeNumber(tx, { clusterId, project, seen, installation });
      if (taken === undefined) throw exhausted(seen.listed.at(-1) ?? 0);
      const changes = [{ path: 'projectNumber', after: taken }];
      await audit.write(tx, actor, [{ ...entry, reason: 'intent', changes }]);
      return taken;
    });
    access.dropCopies();
    return number;
  }

  /** Takes a number and binds it; one that another installation took in the same moment, and first, is left to it. */
  async function bindNewNumber(
    actor: Actor,
    client: ClusterClient,
    place: { clusterId: string; namespace: string; project: Project; entry: AuditEntry; strict: boolean },
  ): Promise<boolean> {
    const { clusterId, namespace, project, entry, strict } = place;
    for (let tries = 1; ; tries += 1) {
      const number = await takeNumber(actor, client, place);
      const made = await ensureProjectNamespace(client, {
        namespace,
        project: { number, slug: project.slug },
        installation,
        strict,
      });
      const isOurs = (owner: BindingOwner) => owner.installation === installation && owner.project === project.slug;
      if (!cameLater(await readProjectNumbers(client), number, isOurs)) return made;
      if (!strict) await removeProjectBindings(client, namespace, number);
      await database.transaction(async (tx) => {
        await access.projects.giveUpNumber(tx, { clusterId, projectId: project.id, number });
        const changes = [{ path: 'projectNumber', before: number }];
        await audit.write(tx, actor, [{ ...entry, reason: 'taken by another', changes }]);
      });
      access.dropCopies();
      if (tries >= maxTries) throw new NamespaceProblem('namespace_refused', sharedText(number));
    }
  }

  /** Releases to one place that start together look once. */
  const isReady = gather((places: readonly string[]) => Promise.all(places.map(lookAt)), { lane: (place) => place });

  async function lookAt(place: string): Promise<boolean> {
    const { clusterId, namespace, ...project } = JSON.parse(place) as ReadyPlace;
    return isProjectNamespaceReady(await connections.for(clusterId), { namespace, project });
  }

  return {
    async ensure(actor, clusterId, namespace) {
      const owner = await access.projects.ownerOf(clusterId, namespace);
      if (owner === undefined) {
        throw new AppError('namespace_unowned', 409, `No environment of a project owns namespace ${namespace} here.`);
      }
      const client = await connections.for(clusterId);
      const project = await access.projects.get(owner.projectId);
      const strict = (await store.findById(clusterId))?.profile.bindings === 'strict';
      const entry = entryOf(clusterId, namespace, owner.projectId);
      const known = owner.projectNumber;
      if (
        known !== undefined &&
        !strict &&
        (await isReady(JSON.stringify({ clusterId, namespace, number: known } satisfies ReadyPlace)))
      )
        return;
      if (known !== undefined) await audit.record(actor, [{ ...entry, reason: 'intent' }]);
      try {
        const made =
          known === undefined
            ? await bindNewNumber(actor, client, { clusterId, namespace, project, entry, strict })
            : await ensureProjectNamespace(client, {
                namespace,
                project: { number: known, slug: project.slug },
                installation,
                strict,
              });
        await audit.record(actor, [{ ...entry, reason: made ? 'made' : 'was ready' }]);
      } catch (error) {
        const isNamed = error instanceof NamespaceProblem || error instanceof AppError || error instanceof ClusterError;
        const code = isNamed ? error.code : 'cluster_unreachable';
        await audit.record(actor, [{ ...entry, outcome: 'failed', code }]);
        if (error instanceof NamespaceProblem) throw new AppError(error.code, 409, error.message, { cause: error });
        throw error;
      }
    },
  };
}

function sharedText(number: number): string {
  return `Another installation took the project number ${number} of this cluster in the same moment, again and again. Try again.`;
}

function exhausted(listed: number): AppError {
  return new AppError(
    'project_numbers_exhausted',
    409,
    `Every project number that this cluster lists (up to ${listed}) is taken or named by a binding. Apply the manifest of GET /clusters/{id}/onboarding-manifest, which lists the next 128, then retry.`,
  );
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
