import type { Delivery } from '@quarterdeck/contracts';
import { notFound } from '../../platform/errors.ts';
import type { LiveSource } from '../../platform/events/live-hub.ts';
import { liveSet } from '../../platform/events/live-set.ts';
import type { RowWakes } from '../../platform/events/row-wakes.ts';
import { toUuid } from '../../platform/ids.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import type { PipelinesReadModel } from './pipelines.read-model.ts';
import type { ProjectLists } from './project-lists.ts';

const newest = 50;

/** The live view `pipelines.deliveries`: the newest of a project, looked at again when one of them moves. */
export function deliveriesSource(deps: {
  lists: ProjectLists;
  readModel: PipelinesReadModel;
  rowWakes: RowWakes;
  logger: Logger;
}): LiveSource {
  const { lists, readModel, rowWakes, logger } = deps;
  return liveSet<{ project: string }, Delivery>({
    read: async ({ project }, { principal }) => {
      const slug = await lists.slugOfVisible(principal, project);
      if (slug === undefined) throw notFound('This project');
      return (await readModel.deliveries(principal, { project: slug, limit: newest })).items;
    },
    wakes: rowWakes.of<{ project: string }>('pipelines.deliveries', ({ project }) => toUuid(project)),
    onError: (error) => logger.warn({ err: error }, 'live deliveries failed'),
  });
}
