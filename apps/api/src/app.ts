import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Composition } from './compose.ts';
import { accessRoutes } from './features/access/index.ts';
import { applicationsRoutes, deliveryRulesRoutes } from './features/applications/index.ts';
import { auditRoutes } from './features/audit/index.ts';
import {
  clustersRoutes,
  createAdmission,
  mountClusterProxy,
  rememberClients,
  type ShellTimes,
  type WireTimes,
} from './features/clusters/index.ts';
import {
  groupsRoutes,
  identityRoutes,
  providersRoutes,
  serviceAccountsRoutes,
  tokensRoutes,
  trustRulesRoutes,
  usersRoutes,
} from './features/identity/index.ts';
import { inventoryRoutes } from './features/inventory/index.ts';
import { mountHooks, pipelinesRoutes } from './features/pipelines/index.ts';
import {
  compareRoutes,
  confirmPruneRoutes,
  decisionsRoutes,
  driftRoutes,
  evacuationsRoutes,
  releasesRoutes,
  upgradeRoutes,
} from './features/releases/index.ts';
import { schedulingRoutes } from './features/scheduling/index.ts';
import { chartImportRoutes, parametersRoutes, templatesRoutes } from './features/templates/index.ts';
import {
  editsRoutes,
  mountLogFollow,
  workloadLogsRoutes,
  workloadRolloutsRoutes,
  workloadsRoutes,
  workloadViewsRoutes,
} from './features/workloads/index.ts';
import { registerApiDocs } from './platform/http/api-docs.ts';
import { registerEndpoints } from './platform/http/bind.ts';
import { registerCspReports } from './platform/http/csp-reports.ts';
import { registerHealth } from './platform/http/health.ts';
import { registerPortal } from './platform/http/portal.ts';
import { forgetAfterChanges, rememberCallers } from './platform/http/remember-callers.ts';
import { createHttpServer } from './platform/http/server.ts';
import { answerTlsToo } from './platform/http/tls-beside.ts';
import { observeRequests, type RequestObserver } from './platform/telemetry/metrics.ts';

/** The HTTP application: what it answers reads like a table of contents. */
export async function createApp(
  composition: Composition,
  options?: { portalDir?: string; observe?: RequestObserver; shellTimes?: ShellTimes; wireTimes?: WireTimes },
): Promise<FastifyInstance> {
  const { config, logger, database, identity, access, audit, idempotency, live } = composition;
  const callers = rememberCallers(composition.authentication, database);
  const authenticator = {
    authenticate: async (request: FastifyRequest) =>
      (await composition.pipelinesFeature.jobIdentity.authenticate(request)) ?? callers.authenticate(request),
  };
  const clients = rememberClients(composition.connections, database);
  const app = await createHttpServer({
    logger,
    publicOrigins: config.publicOrigins,
    trustedProxies: config.trustedProxies,
    authenticator,
  });
  if (config.loopbackTls !== undefined) answerTlsToo(app.server, config.loopbackTls);
  forgetAfterChanges(app, [callers, composition.memory]);

  await app.register(
    async (api) => {
      registerEndpoints(
        api,
        [
          ...auditRoutes({ audit, visibleProjects: access.visibleProjects }),
          ...identityRoutes(composition),
          ...usersRoutes(identity),
          ...groupsRoutes(identity),
          ...providersRoutes(identity),
          ...tokensRoutes(composition.tokens),
          ...serviceAccountsRoutes(composition.serviceAccounts),
          ...trustRulesRoutes(composition),
          ...accessRoutes(access),
          ...clustersRoutes(composition),
          ...inventoryRoutes(composition),
          ...workloadsRoutes(composition),
          ...workloadViewsRoutes(composition),
          ...workloadRolloutsRoutes(composition),
          ...editsRoutes(composition),
          ...workloadLogsRoutes(composition),
          ...applicationsRoutes(composition),
          ...deliveryRulesRoutes(composition.deliveryRules),
          ...templatesRoutes(composition),
          ...chartImportRoutes(composition),
          ...parametersRoutes(composition),
          ...releasesRoutes(composition),
          ...driftRoutes(composition),
          ...compareRoutes(composition),
          ...upgradeRoutes(composition),
          ...evacuationsRoutes(composition),
          ...decisionsRoutes(composition),
          ...confirmPruneRoutes(composition),
          ...pipelinesRoutes(composition.pipelinesFeature, composition.applications),
          ...schedulingRoutes(composition),
        ],
        { authorizer: access, idempotency },
      );
      live.mount(api);
      mountLogFollow(api, {
        logs: composition.podLogs,
        workloadLogs: composition.workloadLogs,
        clusterExists: async (id) => (await composition.clustersStore.findById(id)) !== undefined,
        authorizer: access,
        revocations: composition.revocations,
        limits: composition.streamLimits,
        logger,
      });
      mountHooks(api, composition.pipelinesFeature.hookDoor);
      registerCspReports(api);
    },
    { prefix: '/api/v1' },
  );
  mountClusterProxy(app, {
    admission: createAdmission({ access, audit }),
    records: composition.proxyRecords,
    connections: clients,
    revocations: composition.revocations,
    limits: composition.streamLimits,
    ...(options?.shellTimes === undefined ? {} : { shellTimes: options.shellTimes }),
    ...(options?.wireTimes === undefined ? {} : { wireTimes: options.wireTimes }),
  });
  if (options?.observe !== undefined) observeRequests(app, options.observe);
  registerApiDocs(app);
  registerHealth(app, async () => (await database.pool.query('SELECT 1')).rowCount === 1);
  if (options?.portalDir !== undefined) await registerPortal(app, options.portalDir);
  app.addHook('preClose', () => live.close());
  app.addHook('preClose', async () => composition.pipelinesFeature.ciProgress.close());
  app.addHook('onClose', () => callers.close());
  app.addHook('onClose', () => composition.pipelinesFeature.close());
  app.addHook('onClose', () => clients.close());
  app.addHook('onClose', () => composition.revocations.close());
  app.addHook('onClose', () => composition.exchange.close());
  app.addHook('onClose', () => access.close());
  app.addHook('onClose', () => composition.manifestReader.close());
  app.addHook('onClose', async () => composition.accessSets.close());
  return app;
}
