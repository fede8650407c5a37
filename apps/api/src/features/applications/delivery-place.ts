import type { tiers } from '@quarterdeck/contracts/access';
import { fromUuid } from '../../platform/ids.ts';

/** An application in an environment, in words. */
export type DeliveryPlace = {
  applicationId: string;
  application: string;
  projectId: string;
  project: string;
  environmentId: string;
  environment: string;
  tier: (typeof tiers)[number];
};

/** What `placeColumns` and `a.project_id` give. */
export type DeliveryPlaceRow = {
  application_id: string;
  application: string;
  project_id: string;
  project: string;
  environment_id: string;
  environment: string;
  tier: DeliveryPlace['tier'];
};

/** Whose a row with `app_environment_id` is; joined by `placeOf`. */
export const placeColumns = `p.slug AS project, a.id AS application_id, a.slug AS application, e.id AS environment_id,
  e.name AS environment, e.tier`;

/** Of `app_environment ae`. */
export const placeJoins = `JOIN applications_application a ON a.id = ae.application_id JOIN access_project p ON p.id = a.project_id
  JOIN access_environment e ON e.id = ae.environment_id`;

/** @param row alias of the table of such rows */
export const placeOf = (row: string) => `JOIN app_environment ae ON ae.id = ${row}.app_environment_id ${placeJoins}`;

export function toDeliveryPlace(row: DeliveryPlaceRow): DeliveryPlace {
  return {
    applicationId: fromUuid('app', row.application_id),
    application: row.application,
    projectId: fromUuid('prj', row.project_id),
    project: row.project,
    environmentId: fromUuid('env', row.environment_id),
    environment: row.environment,
    tier: row.tier,
  };
}
