import { createHash } from 'node:crypto';
import type { HookSource } from '@quarterdeck/contracts';
import { z } from 'zod';
import type { HookHeaders } from '../verify-hook.ts';
import { envelopeSchema, readDistributionEvent } from './distribution.ts';
import { readGitLabEvent } from './gitlab.ts';
import { harborType, readHarborEvent } from './harbor.ts';
import type { EventReading } from './hook-facts.ts';

const readers: Readonly<Record<HookSource, (body: unknown) => EventReading>> = {
  gitlab: readGitLabEvent,
  distribution: readDistributionEvent,
  harbor: readHarborEvent,
};

/** What a verified event says. Never throws: what cannot be read is a reading, too. */
export function readEvent(source: HookSource, body: unknown): EventReading {
  return readers[source](body);
}

/** The same for the same event, however often and by whom it is sent again: what its sender says, else its bytes. */
export function dedupeKeyOf(source: HookSource, headers: HookHeaders, body: unknown, bytes: Buffer): string {
  const said = sayings[source](headers, body);
  const hash = createHash('sha256').update(said === undefined ? bytes : JSON.stringify(said));
  return `${said === undefined ? 'bytes' : 'said'}:${hash.digest('base64url')}`;
}

type Saying = (headers: HookHeaders, body: unknown) => unknown;

const idOf = z.object({ id: z.string().max(500) });
const plainHarbor = z.object({
  type: z.string(),
  occur_at: z.number(),
  event_data: z.object({
    repository: z.object({ repo_full_name: z.string() }),
    resources: z.array(z.object({ digest: z.string(), tag: z.string().nullish() })),
  }),
});

const sayings: Readonly<Record<HookSource, Saying>> = {
  gitlab: (headers) => headers['webhook-id'] ?? headers['idempotency-key'],
  distribution(_headers, body) {
    const events = envelopeSchema.safeParse(body).data?.events ?? [];
    const ids = events.flatMap((event) => idOf.safeParse(event).data?.id ?? []);
    // An event without an id could hide behind others that have one.
    return ids.length > 0 && ids.length === events.length ? ids.toSorted() : undefined;
  },
  harbor(_headers, body) {
    if (harborType(body).startsWith('harbor.')) return idOf.safeParse(body).data?.id;
    const plain = plainHarbor.safeParse(body).data;
    if (plain === undefined) return undefined;
    const { repository, resources } = plain.event_data;
    const artifacts = resources.map(({ digest, tag }) => `${digest} ${tag ?? ''}`).toSorted();
    return [plain.type, plain.occur_at, repository.repo_full_name, artifacts];
  },
};
