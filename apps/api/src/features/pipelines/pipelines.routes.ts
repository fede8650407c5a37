import {
  ciProofs,
  createCiDeployment,
  createDeployTrigger,
  createHook,
  createPipelineConnection,
  deleteDeployTrigger,
  deleteHook,
  deletePipelineConnection,
  getCiDeployment,
  getCiReport,
  getCiSnippet,
  getDelivery,
  listCandidates,
  listDeliveries,
  listDeployTriggers,
  listHooks,
  listOutboundEffects,
  listPipelineConnections,
  replaceDeployTrigger,
  replayDelivery,
  retryOutboundEffect,
  rotateHook,
  testHook,
  testPipelineConnection,
  updateHook,
  updatePipelineConnection,
} from '@quarterdeck/contracts';
import { invalid } from '../../platform/errors.ts';
import { type BoundEndpoint, bind } from '../../platform/http/bind.ts';
import type { Applications } from '../applications/index.ts';
import { ciReport } from './ci-report.ts';
import { ciSnippet } from './ci-snippet.ts';
import type { PipelinesFeature } from './pipelines.composition.ts';

export function pipelinesRoutes(feature: PipelinesFeature, applications: Applications): BoundEndpoint[] {
  const { connections, hooks, triggers, readModel, pipelines, ciDeployments, ciProgress } = feature;
  return [
    bind(
      createPipelineConnection,
      ({ body }) => ({ projectId: body.projectId }),
      async ({ body }, { actor }) => connections.create(actor, body),
    ),
    bind(listPipelineConnections, 'any', async ({ query }, { principal }) => connections.list(principal, query)),
    bind(
      updatePipelineConnection,
      ({ params }) => connections.placeOf(params.id),
      async ({ params, body }, { actor }) => connections.update(actor, params.id, body),
    ),
    bind(
      deletePipelineConnection,
      ({ params }) => connections.placeOf(params.id),
      async ({ params }, { actor }) => {
        await connections.remove(actor, params.id);
        return undefined;
      },
    ),
    bind(
      testPipelineConnection,
      ({ params }) => connections.placeOf(params.id),
      async ({ params }) => pipelines.test(params.id),
    ),
    bind(
      createHook,
      ({ body }) => ({ projectId: body.projectId }),
      async ({ body }, { actor }) => hooks.create(actor, body),
    ),
    bind(listHooks, 'any', async ({ query }, { principal }) => hooks.list(principal, query)),
    bind(
      updateHook,
      ({ params }) => hooks.placeOf(params.id),
      async ({ params, body }, { actor }) => hooks.update(actor, params.id, body),
    ),
    bind(
      rotateHook,
      ({ params }) => hooks.placeOf(params.id),
      async ({ params }, { actor }) => hooks.rotate(actor, params.id),
    ),
    bind(
      deleteHook,
      ({ params }) => hooks.placeOf(params.id),
      async ({ params }, { actor }) => {
        await hooks.remove(actor, params.id);
        return undefined;
      },
    ),
    bind(
      testHook,
      ({ params }) => hooks.placeOf(params.id),
      async ({ params }, { actor }) => hooks.test(actor, params.id),
    ),
    bind(
      createDeployTrigger,
      async ({ body }) => ({
        projectId: (await applications.record(body.applicationId)).projectId,
        environmentId: body.environmentId,
      }),
      async ({ body }, { actor }) => triggers.create(actor, body),
    ),
    bind(listDeployTriggers, 'any', async ({ query }, { principal }) => triggers.list(principal, query)),
    bind(
      replaceDeployTrigger,
      ({ params }) => triggers.placeOf(params.id),
      async ({ params, body }, { actor }) => triggers.replace(actor, params.id, body),
    ),
    bind(
      deleteDeployTrigger,
      ({ params }) => triggers.placeOf(params.id),
      async ({ params }, { actor }) => {
        await triggers.remove(actor, params.id);
        return undefined;
      },
    ),
    bind(listCandidates, 'any', async ({ query }, { principal }) => readModel.candidates(principal, query)),
    bind(listDeliveries, 'any', async ({ query }, { principal }) => readModel.deliveries(principal, query)),
    bind(
      getDelivery,
      ({ params }) => pipelines.placeOfDelivery(params.id),
      async ({ params }) => pipelines.delivery(params.id),
    ),
    bind(
      replayDelivery,
      ({ params }) => pipelines.placeOfDelivery(params.id),
      async ({ params }, { actor }) => pipelines.replay(actor, params.id),
    ),
    bind(listOutboundEffects, 'any', async ({ query }, { principal }) => readModel.effects(principal, query)),
    bind(
      retryOutboundEffect,
      ({ params }) => pipelines.placeOfEffect(params.id),
      async ({ params }, { actor }) => pipelines.retry(actor, params.id),
    ),
    bind(
      createCiDeployment,
      ({ body }) => ciDeployments.placeOf(body),
      async ({ body }, { actor }) => ciDeployments.deploy(actor, body),
    ),
    bind(
      getCiDeployment,
      ({ params }) => ciProgress.placeOf(params.id),
      async ({ params, query }, { principal, signal }) =>
        ciProgress.wait(principal, params.id, query.waitSeconds, signal),
    ),
    bind(
      getCiReport,
      ({ params }) => ciProgress.placeOf(params.id),
      async ({ params, query }, { principal, signal }) => {
        const progress = await ciProgress.wait(principal, params.id, query.waitSeconds, signal);
        return {
          contentType: 'text/plain; charset=utf-8',
          fileName: `release-${progress.number}.txt`,
          body: oneText(ciReport(progress)),
        };
      },
    ),
    bind(
      getCiSnippet,
      async ({ params }) => ({ projectId: (await applications.record(params.id)).projectId }),
      async ({ params, query }) => {
        const application = await applications.record(params.id);
        const environment = application.environments.find(
          (each) => query.environment === undefined || each.environmentId === query.environment,
        );
        if (environment === undefined) {
          throw invalid('unknown_environment', 'The application does not go to this environment.', '/environment');
        }
        const slot = 'main';
        const connectionId = await connections.takingJobTokens(application.projectId);
        if (query.proof === 'job_token' && connectionId === undefined) {
          const detail = 'No connection of this project takes job tokens: turn them on there, or use an id_token.';
          throw invalid('job_tokens_off', detail, '/proof');
        }
        const text = ciSnippet({
          origin: feature.origin,
          project: application.project,
          application: application.slug,
          environment: environment.name,
          isProduction: environment.tier === 'production',
          slot,
          proof: query.proof === 'job_token' && connectionId !== undefined ? { connectionId } : 'id_token',
        });
        return {
          fileName: '.gitlab-ci.yml',
          text,
          environment: environment.name,
          slots: [slot],
          proofs: connectionId === undefined ? (['id_token'] as const) : ciProofs,
        };
      },
    ),
  ];
}

async function* oneText(text: string): AsyncIterable<string> {
  yield text;
}
