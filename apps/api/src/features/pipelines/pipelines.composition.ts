import type { Database } from '@quarterdeck/database';
import { type AddressGuard, createOutboundClient } from '@quarterdeck/outbound';
import { createRegistryClient, registryHeaders } from '@quarterdeck/registry';
import type { Envelopes } from '../../platform/crypto/envelope.ts';
import type { Cursors } from '../../platform/cursor.ts';
import type { RowWakes } from '../../platform/events/row-wakes.ts';
import { toUuid } from '../../platform/ids.ts';
import type { Principal } from '../../platform/principal.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import type { Access } from '../access/index.ts';
import type { Applications, DeclaredDependencies } from '../applications/index.ts';
import type { Audit } from '../audit/index.ts';
import type { Exchange } from '../identity/index.ts';
import type { Releases, ReleasesStore } from '../releases/index.ts';
import { createBuildTrust } from './build-trust.ts';
import { createCandidatesStore } from './candidates.store.ts';
import { createCiDeployments } from './ci-deployments.ts';
import { createCiProgress } from './ci-progress.ts';
import { createPipelineConnections } from './connections.service.ts';
import { createConnectionsStore } from './connections.store.ts';
import { createEffectDelivery, noticeHeaders } from './deliver-effects.ts';
import { createDeliveriesStore } from './deliveries.store.ts';
import { createEffectsStore } from './effects.store.ts';
import { createGitLabClient, gitlabHeaders } from './gitlab-client.ts';
import { createHooks } from './hooks.service.ts';
import { createHooksStore } from './hooks.store.ts';
import { createJobIdentity } from './job-identity.ts';
import { createJobTokens } from './job-tokens.ts';
import { createPipelineSecrets } from './pipeline-secrets.ts';
import { createPipelinesReadModel } from './pipelines.read-model.ts';
import { createPipelines } from './pipelines.service.ts';
import { createPlacesStore } from './places.store.ts';
import { createEffectPlanning } from './plan-effects.ts';
import { createDeliveryProcessing } from './process-delivery.ts';
import { createProjectLists } from './project-lists.ts';
import { createHookDoor } from './receive-hook.ts';
import { createRegistries } from './registries.ts';
import { createReleaseDoor } from './release-door.ts';
import { createReleaseFacts } from './release-facts.ts';
import { createSettlement } from './settle-candidates.ts';
import { createSoon } from './soon.ts';
import { createTriggers } from './triggers.service.ts';
import { createTriggersStore } from './triggers.store.ts';

export type PipelinesFeature = ReturnType<typeof composePipelines>;
export type PipelineWork = PipelinesFeature['work'];

/** Everything of this feature, tied together: what routes serve, and what the worker does. */
export function composePipelines(deps: {
  database: Database;
  access: Access;
  audit: Audit;
  cursors: Cursors;
  envelopes: Envelopes;
  applications: Applications;
  releases: Releases;
  releasesStore: ReleasesStore;
  dependencies: DeclaredDependencies;
  rowWakes: RowWakes;
  /** Who a CI job is: tokens of ours for its own. */
  exchange: Pick<Exchange, 'exchangeJob' | 'exchangeVouched'>;
  authenticateToken(token: string, ip: string): Promise<Principal>;
  guard: AddressGuard;
  origin: string;
  logger: Logger;
}) {
  const { database, access, audit, applications, releasesStore, guard, origin, logger } = deps;
  // One way out for each kind of other side: what one may be told, no other hears.
  const outbound = {
    registries: createOutboundClient({ guard, allowedHeaders: registryHeaders }),
    gitlab: createOutboundClient({ guard, allowedHeaders: gitlabHeaders }),
    /** While a job waits at the door. */
    gitlabNow: createOutboundClient({ guard, allowedHeaders: gitlabHeaders, timeoutMs: 5000 }),
    notices: createOutboundClient({ guard, allowedHeaders: noticeHeaders, maxAnswerBytes: 65_536 }),
  };
  const secrets = createPipelineSecrets(deps.envelopes);
  const lists = createProjectLists({ pool: database.pool, access, cursors: deps.cursors });
  const connectionsStore = createConnectionsStore(database);
  const hooksStore = createHooksStore(database);
  const soon = createSoon(database.pool);
  const deliveries = createDeliveriesStore(database, soon);
  const triggersStore = createTriggersStore(database);
  const candidates = createCandidatesStore(database);
  const effects = createEffectsStore(database);
  const registries = createRegistries({
    client: createRegistryClient({ outbound: outbound.registries }),
    connections: connectionsStore,
    secrets,
  });
  const gitlab = createGitLabClient({ outbound: outbound.gitlab });
  const jobIdentity = createJobIdentity({
    exchange: deps.exchange.exchangeJob,
    exchangeVouched: deps.exchange.exchangeVouched,
    jobTokens: createJobTokens({
      connections: connectionsStore,
      secrets,
      gitlab: createGitLabClient({ outbound: outbound.gitlabNow }),
    }),
    authenticate: deps.authenticateToken,
  });
  const trust = createBuildTrust({ gitlab, connections: connectionsStore, secrets });
  const door = createReleaseDoor(deps.releases);
  const hookDoor = createHookDoor({ store: hooksStore, deliveries, secrets, audit });
  const delivery = createEffectDelivery({
    effects,
    connections: connectionsStore,
    secrets,
    trust,
    gitlab,
    outbound: outbound.notices,
    logger,
  });
  const connections = createPipelineConnections({ access, store: connectionsStore, secrets, lists, origin });
  const ciProgress = createCiProgress({
    releases: deps.releases,
    dependencies: deps.dependencies,
    rowWakes: deps.rowWakes,
    origin,
  });
  const readModel = createPipelinesReadModel({ lists, candidates });
  return {
    jobIdentity,
    hookDoor,
    registries,
    connections,
    hooks: createHooks({
      access,
      store: hooksStore,
      connections: connectionsStore,
      secrets,
      lists,
      door: hookDoor,
      origin,
    }),
    triggers: createTriggers({ access, applications, store: triggersStore, connections: connectionsStore, lists }),
    readModel,
    lists,
    soon,
    pipelines: createPipelines({
      access,
      deliveries,
      effects,
      readModel,
      connections,
      connectionsStore,
      delivery,
      gitlab,
      trust,
      registries,
    }),
    ciDeployments: createCiDeployments({
      database,
      places: createPlacesStore(database),
      candidates,
      deliveries,
      connections: connectionsStore,
      registries,
      jobs: jobIdentity,
      door,
      origin,
    }),
    ciProgress,
    /** For snippets. */
    origin,
    work: {
      deliveries,
      candidates,
      effects,
      triggers: triggersStore,
      processing: createDeliveryProcessing({
        database,
        deliveries,
        triggers: triggersStore,
        candidates,
        registries,
        soon,
      }),
      settlement: createSettlement({
        database,
        access,
        candidates,
        triggers: triggersStore,
        registries,
        trust,
        door,
        soon,
        logger,
      }),
      planning: createEffectPlanning({
        database,
        effects,
        candidates,
        connections: connectionsStore,
        factsOf: createReleaseFacts({ releases: releasesStore, origin, projectUuidOf: toUuid }),
      }),
      delivery,
    },
    async close() {
      await Promise.all(Object.values(outbound).map((client) => client.close()));
    },
  };
}
