import type { IdPrefix } from '@quarterdeck/contracts';
import { fromString, TypeID, toUUID, typeid } from 'typeid-js';

/** A new identifier: `newId('clu')` gives `clu_01jd…`. */
export function newId(prefix: IdPrefix): string {
  return typeid(prefix).toString();
}

/** The uuid stored in the column for an identifier of the API. */
export function toUuid(id: string): string {
  return toUUID(fromString(id));
}

/** The identifier of the API for a uuid column. */
export function fromUuid(prefix: IdPrefix, uuid: string): string {
  return TypeID.fromUUID(prefix, uuid).toString();
}
