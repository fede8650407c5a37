import { z } from 'zod';

/** Prefixes of the product's identifiers; an id is `<prefix>_` + a UUIDv7 in 26 characters of base32. */
export const idPrefixes = {
  user: 'usr',
  group: 'grp',
  serviceAccount: 'sva',
  session: 'ses',
  token: 'tok',
  trustRule: 'tru',
  provider: 'idp',
  project: 'prj',
  environment: 'env',
  role: 'rol',
  grant: 'grt',
  auditEvent: 'aud',
  cluster: 'clu',
  application: 'app',
  target: 'tgt',
  template: 'tpl',
  templateVersion: 'tpv',
  release: 'rel',
  targetRun: 'run',
  approval: 'apr',
  debt: 'dbt',
  freezeWindow: 'frz',
  rejectedDigest: 'rjd',
  evacuation: 'eva',
  drain: 'drn',
  fieldRule: 'fru',
  view: 'viw',
  connection: 'con',
  hook: 'hok',
  delivery: 'dlv',
  trigger: 'trg',
  candidate: 'can',
  effect: 'eff',
} as const;

export type IdPrefix = (typeof idPrefixes)[keyof typeof idPrefixes];

/** Schema of an identifier: `id('clu')` accepts `clu_01h455vb4pex5vsknk084sn02q`. */
export function id(prefix: IdPrefix) {
  return z
    .string()
    .regex(new RegExp(`^${prefix}_[0-7][0-9a-hjkmnp-tv-z]{25}$`), `must be an identifier that starts with ${prefix}_`);
}
