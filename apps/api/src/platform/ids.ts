import type { IdPrefix } from '@quarterdeck/contracts';
import { fromString, TypeID, toUUIDBytes, typeid } from 'typeid-js';

/** A new identifier: `newId('clu')` gives `clu_01jd…`. */
export function newId(prefix: IdPrefix): string {
  return typeid(prefix).toString();
}

/** What was read lately: a request asks for the same few identifiers at every step, and each costs a dozen microseconds. */
const read = new Map<string, string>();
const mostRead = 4096;

/**
 * The uuid stored in the column for an identifier of the API. Any that the contract lets through has one: who makes up an
 * identifier hears that there is no such object.
 */
export function toUuid(id: string): string {
  const known = read.get(id);
  if (known !== undefined) return known;
  const uuid = readUuid(id);
  // All of them at once: which are asked for most, nobody needs to count.
  if (read.size >= mostRead) read.clear();
  read.set(id, uuid);
  return uuid;
}

function readUuid(id: string): string {
  const hex = Buffer.from(toUUIDBytes(fromString(id))).toString('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** The identifier of the API for a uuid column. */
export function fromUuid(prefix: IdPrefix, uuid: string): string {
  return TypeID.fromUUID(prefix, uuid).toString();
}
