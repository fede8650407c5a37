import { type OutboundClient, OutboundError } from '@quarterdeck/outbound';
import { z } from 'zod';
import { fromUuid } from '../../platform/ids.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import type { BuildTrust } from './build-trust.ts';
import type { ConnectionRow, ConnectionsStore } from './connections.store.ts';
import type { EffectRow, EffectsStore } from './effects.store.ts';
import { type GitLab, type GitLabAccess, GitLabError } from './gitlab-client.ts';
import { noticeRequest } from './notices/notice-request.ts';
import { outboundWords } from './outbound-words.ts';
import type { PipelineSecrets } from './pipeline-secrets.ts';

/** How a message went. `later`: the other side is away or does not want it now. */
export type DeliveryOutcome =
  | { outcome: 'delivered'; answer?: Record<string, unknown> }
  | { outcome: 'later' | 'never'; detail: string };

/** Between tries, s: five minutes after an hour's outage all of it has been told, the sending included. */
const backoff = [5, 15, 60, 120];

/** Headers that the outbound client must let out. */
export const noticeHeaders = ['content-type', 'webhook-id', 'webhook-timestamp', 'webhook-signature'];

const gitlabPayload = z.object({
  gitlabProjectId: z.string(),
  commit: z.string(),
  ref: z.string().optional(),
  tag: z.boolean().optional(),
  pipelineId: z.number().optional(),
  name: z.string(),
  environment: z.string(),
  description: z.string(),
  url: z.string(),
});
const noticePayload = z.looseObject({
  event: z.string(),
  at: z.string(),
  text: z.string(),
  url: z.string(),
  release: z.string(),
});
const commitState = z.enum(['pending', 'running', 'success', 'failed', 'canceled']);
const deploymentState = z.enum(['running', 'success', 'failed', 'canceled']);

/** Sends what waits, a connection at a time and each in its order: "success" never overtakes "running". */
export function createEffectDelivery(deps: {
  effects: EffectsStore;
  connections: ConnectionsStore;
  secrets: PipelineSecrets;
  trust: BuildTrust;
  gitlab: GitLab;
  outbound: OutboundClient;
  logger: Logger;
}) {
  const { effects, connections, secrets, trust, gitlab, outbound, logger } = deps;

  async function toGitLab(effect: EffectRow): Promise<DeliveryOutcome> {
    const access = await trust.accessOf(effect.connection_id);
    if (access === undefined)
      return { outcome: 'never', detail: 'The connection has no access token: GitLab is not told.' };
    const payload = gitlabPayload.parse(effect.payload);
    try {
      if (effect.kind === 'deployment') return await tellDeployment(effect, access, payload);
      await gitlab.setCommitStatus(access, payload.gitlabProjectId, payload.commit, {
        state: commitState.parse(effect.phase),
        name: payload.name,
        ...(payload.ref === undefined ? {} : { ref: payload.ref }),
        description: payload.description,
        target_url: payload.url,
        ...(payload.pipelineId === undefined ? {} : { pipeline_id: payload.pipelineId }),
      });
      return { outcome: 'delivered' };
    } catch (error) {
      if (!(error instanceof GitLabError)) throw error;
      return { outcome: error.isLater ? 'later' : 'never', detail: error.message };
    }
  }

  async function tellDeployment(
    effect: EffectRow,
    access: GitLabAccess,
    payload: z.infer<typeof gitlabPayload>,
  ): Promise<DeliveryOutcome> {
    const { gitlabProjectId, environment, commit: sha } = payload;
    const status = deploymentState.parse(effect.phase);
    const said = z.object({ id: z.number() }).safeParse(await effects.answerOf(effect)).data?.id;
    if (said !== undefined) {
      await gitlab.setDeployment(access, gitlabProjectId, said, status);
      return { outcome: 'delivered', answer: { id: said } };
    }
    // The answer to the first try may have been lost: GitLab would show the deployment twice.
    const found =
      effect.attempts > 0 ? await gitlab.findDeployment(access, gitlabProjectId, environment, sha) : undefined;
    if (found !== undefined) {
      await gitlab.setDeployment(access, gitlabProjectId, found, status);
      return { outcome: 'delivered', answer: { id: found } };
    }
    const ref = payload.ref ?? sha;
    const made = { environment, sha, ref, tag: payload.tag === true, status };
    return { outcome: 'delivered', answer: { id: await gitlab.createDeployment(access, gitlabProjectId, made) } };
  }

  async function send(effect: EffectRow): Promise<DeliveryOutcome> {
    if (effect.kind !== 'notice') return toGitLab(effect);
    const connection = await connections.findById(effect.connection_id);
    if (connection === undefined) return { outcome: 'never', detail: 'The connection is gone.' };
    return notify(connection, fromUuid('eff', effect.id), effect.payload);
  }

  /** Posts a notice; each kind of channel has its own form, signature and way to say no. */
  async function notify(
    connection: ConnectionRow,
    id: string,
    payload: Record<string, unknown>,
  ): Promise<DeliveryOutcome> {
    const { url, signingSecret } = secrets.openConnection(connection.id, connection.sealed_secret);
    if (url === undefined) return { outcome: 'never', detail: 'The connection has no address.' };
    const request = noticeRequest(connection.kind, {
      id,
      url,
      signingSecret,
      at: new Date(),
      payload: noticePayload.parse(payload),
    });
    try {
      const response = await outbound.fetchFor({ caPem: connection.ca_pem ?? undefined })(request.url, {
        method: 'POST',
        headers: request.headers,
        body: request.body,
      });
      const why = response.ok ? request.whyRefused(await response.text()) : undefined;
      if (response.ok && why === undefined) return { outcome: 'delivered' };
      const detail = `${connection.address} did not take it: ${why ?? `it answered ${response.status}`}.`;
      const isGone = response.status === 404 || response.status === 410;
      return { outcome: isGone ? 'never' : 'later', detail };
    } catch (error) {
      if (!(error instanceof OutboundError)) throw error;
      const isNever = error.code === 'address_refused' || error.code === 'url_refused';
      return { outcome: isNever ? 'never' : 'later', detail: outboundWords(error, connection.address) };
    }
  }

  async function deliver(effect: EffectRow): Promise<'next' | 'wait'> {
    const result = await send(effect);
    if (result.outcome === 'delivered') {
      await effects.delivered(effect.id, result.answer);
      await connections.noteOutcome(effect.connection_id, undefined);
      return 'next';
    }
    await connections.noteOutcome(effect.connection_id, result.detail);
    if (result.outcome === 'never' || effect.overdue) {
      await effects.failed(effect.id, result.detail, 'given_up');
      return 'next';
    }
    const inSeconds = backoff[Math.min(effect.attempts, backoff.length - 1)] ?? 120;
    await effects.failed(effect.id, result.detail, { inSeconds });
    return 'wait';
  }

  return {
    notify,

    /** A connection that something is due to, held by us; `undefined` when there is none. */
    lease: () => effects.leaseConnection(),

    /** Sends what is due to a connection that is held, and lets go of it. */
    async deliverTo(connectionId: string, signal: AbortSignal): Promise<void> {
      try {
        for (;;) {
          const effect = signal.aborted ? undefined : await effects.head(connectionId);
          if (effect === undefined) break;
          if ((await deliver(effect)) === 'wait') break;
          await effects.renewLease(connectionId);
        }
      } catch (error) {
        logger.warn({ err: error }, 'a message was not sent');
      } finally {
        await effects.endLease(connectionId);
      }
    },
  };
}

export type EffectDelivery = ReturnType<typeof createEffectDelivery>;
