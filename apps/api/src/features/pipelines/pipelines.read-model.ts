import type { Delivery, OutboundEffect, ReleaseCandidate } from '@quarterdeck/contracts';
import { fromUuid } from '../../platform/ids.ts';
import type { Principal } from '../../platform/principal.ts';
import { type CandidateRow, type CandidateState, type CandidatesStore, candidatesList } from './candidates.store.ts';
import { type DeliveryRow, type DeliveryState, deliveriesList } from './deliveries.store.ts';
import { type EffectRow, effectsList } from './effects.store.ts';
import { idFilter, type ListQuery, type ProjectLists, wordsFilter } from './project-lists.ts';

export type PipelinesReadModel = ReturnType<typeof createPipelinesReadModel>;

/** What arrived, what became of it, and what was told of it: for the pages. */
export function createPipelinesReadModel(deps: { lists: ProjectLists; candidates: CandidatesStore }) {
  const { lists, candidates } = deps;

  async function withCandidates(rows: readonly DeliveryRow[]): Promise<Delivery[]> {
    const found = await candidates.findByIds([...new Set(rows.flatMap((row) => row.candidate_ids))]);
    const byId = new Map(found.map((row) => [row.id, candidateView(row)]));
    return rows.map((row) =>
      deliveryView(
        row,
        row.candidate_ids.flatMap((id) => byId.get(id) ?? []),
      ),
    );
  }

  return {
    withCandidates,

    async deliveries(
      principal: Principal,
      {
        hook,
        state,
        ...query
      }: ListQuery & { hook?: string | undefined; state?: readonly DeliveryState[] | undefined },
    ) {
      const { rows, ...page } = await lists.page<DeliveryRow>(principal, deliveriesList, query, [
        idFilter('d.hook_id', hook),
        wordsFilter('d.state', state),
      ]);
      return { items: await withCandidates(rows), ...page };
    },

    async candidates(
      principal: Principal,
      query: ListQuery & {
        application?: string | undefined;
        environment?: string | undefined;
        state?: readonly CandidateState[] | undefined;
      },
    ) {
      const { application, environment, state, ...rest } = query;
      const { rows, ...page } = await lists.page<CandidateRow>(principal, candidatesList, rest, [
        idFilter('a.id', application),
        idFilter('e.id', environment),
        wordsFilter('c.state', state),
      ]);
      return { items: rows.map(candidateView), ...page };
    },

    async effects(
      principal: Principal,
      {
        connection,
        state,
        ...query
      }: ListQuery & { connection?: string | undefined; state?: readonly EffectRow['state'][] | undefined },
    ) {
      const { rows, ...page } = await lists.page<EffectRow>(principal, effectsList, query, [
        idFilter('e.connection_id', connection),
        wordsFilter('e.state', state),
      ]);
      return { items: rows.map(effectView), ...page };
    },
  };
}

export function candidateView(row: CandidateRow): ReleaseCandidate {
  return {
    id: fromUuid('can', row.id),
    projectId: fromUuid('prj', row.project_id),
    project: row.project,
    applicationId: fromUuid('app', row.application_id),
    application: row.application,
    environmentId: fromUuid('env', row.environment_id),
    environment: row.environment,
    ...(row.trigger_id === null ? {} : { triggerId: fromUuid('trg', row.trigger_id) }),
    state: row.state,
    ...(row.code === null ? {} : { code: row.code }),
    ...(row.detail === null ? {} : { detail: row.detail }),
    ...(row.commit === '' ? {} : { commit: row.commit }),
    ...(row.ref === null ? {} : { ref: row.ref }),
    ...(row.pipeline_id === null ? {} : { pipelineId: Number(row.pipeline_id) }),
    images: row.images,
    ...(row.tag === null ? {} : { tag: row.tag }),
    hasBuild: row.has_build,
    hasImage: row.digest !== '' || Object.keys(row.images).length > 0,
    confirmed: row.confirmed,
    ...(row.release_id === null ? {} : { releaseId: fromUuid('rel', row.release_id) }),
    ...(row.release_number === null ? {} : { releaseNumber: row.release_number }),
    ...(row.release_state === null ? {} : { releaseState: row.release_state }),
    createdAt: row.created_at.toISOString(),
    ...(row.expires_at === null ? {} : { expiresAt: row.expires_at.toISOString() }),
  };
}

function deliveryView(row: DeliveryRow, joined: readonly ReleaseCandidate[]): Delivery {
  return {
    id: fromUuid('dlv', row.id),
    projectId: fromUuid('prj', row.project_id),
    project: row.project,
    ...(row.hook_id === null ? {} : { hookId: fromUuid('hok', row.hook_id) }),
    ...(row.hook === null ? {} : { hook: row.hook }),
    source: row.source,
    event: row.event,
    state: row.state,
    ...(row.code === null ? {} : { code: row.code }),
    ...(row.detail === null ? {} : { detail: row.detail }),
    replayable: row.replayable,
    times: row.times,
    bytes: row.bytes,
    attempts: row.attempts,
    receivedAt: row.received_at.toISOString(),
    ...(row.processed_at === null ? {} : { processedAt: row.processed_at.toISOString() }),
    candidates: [...joined],
  };
}

export function effectView(row: EffectRow): OutboundEffect {
  const release = row.payload.release;
  return {
    id: fromUuid('eff', row.id),
    projectId: fromUuid('prj', row.project_id),
    connectionId: fromUuid('con', row.connection_id),
    connection: row.connection,
    connectionKind: row.connection_kind,
    kind: row.kind,
    phase: row.phase,
    ...(row.release_exists ? { releaseId: fromUuid('rel', row.release_id) } : {}),
    release: typeof release === 'string' ? release : '',
    state: row.state,
    attempts: row.attempts,
    ...(row.state === 'pending' ? { nextAt: row.next_at.toISOString() } : {}),
    ...(row.last_error === null ? {} : { lastError: row.last_error }),
    createdAt: row.created_at.toISOString(),
    ...(row.delivered_at === null ? {} : { deliveredAt: row.delivered_at.toISOString() }),
  };
}
