import { z } from 'zod';
import { type EventReading, type ImageFact, ignored } from './hook-facts.ts';
import { isDigest, isPath, isTag } from './image-words.ts';

/** Types of manifests and indexes; layers are pushed, too. */
const imageTypes = new Set([
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
]);

const eventSchema = z.object({
  id: z.string().max(200),
  timestamp: z.string().max(100).optional(),
  action: z
    .string()
    .max(100)
    .regex(/^[a-z]+$/),
  target: z.object({
    mediaType: z.string().max(200).optional(),
    digest: z.string().max(200).optional(),
    repository: z.string().max(400).optional(),
    tag: z.string().max(200).optional(),
  }),
});
export const envelopeSchema = z.object({ events: z.array(z.unknown()).max(10_000) });

/**
 * Reads an envelope of the registry's notifications. A push of one image is many events, layers among them; only a
 * manifest that gets a tag counts. Events that cannot be read do not spoil the others.
 */
export function readDistributionEvent(body: unknown): EventReading {
  const envelope = envelopeSchema.safeParse(body);
  if (!envelope.success) {
    return ignored('notification', 'event_unreadable', 'There is no list "events" as registries write it.');
  }
  const events = envelope.data.events.flatMap((event) => eventSchema.safeParse(event).data ?? []);
  const facts = events.flatMap((event) => toImage(event) ?? []);
  if (facts.length > 0) return { event: 'push', facts };
  const actions = [...new Set(events.map(({ action }) => action))].join(', ');
  return ignored(actions === '' ? 'notification' : actions, 'no_tagged_image', 'No image got a tag by these events.');
}

function toImage({ action, target, timestamp }: z.infer<typeof eventSchema>): ImageFact | undefined {
  const { mediaType = '', digest = '', repository = '', tag = '' } = target;
  const isImage = action === 'push' && imageTypes.has(mediaType) && isDigest(digest);
  if (!isImage || !isTag(tag) || !isPath(repository)) return undefined;
  return { kind: 'image', path: repository, tag, digest, ...at(timestamp) };
}

function at(text: string | undefined): { pushedAt?: Date } {
  const time = Date.parse(text ?? '');
  return Number.isNaN(time) ? {} : { pushedAt: new Date(time) };
}
