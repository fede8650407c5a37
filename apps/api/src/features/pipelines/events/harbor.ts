import { z } from 'zod';
import { type EventReading, type ImageFact, ignored } from './hook-facts.ts';
import { isDigest, isPath, isTag } from './image-words.ts';

const artifacts = {
  resources: z
    .array(z.object({ digest: z.string().max(200), tag: z.string().max(200).nullish() }))
    .max(1000)
    .nullish(),
  repository: z.object({ repo_full_name: z.string().min(1).max(400) }),
};
const plainSchema = z.object({
  type: z.string().max(100),
  occur_at: z.number().nullish(),
  event_data: z.object(artifacts),
});
const cloudSchema = z.object({
  type: z.string().max(200),
  time: z.string().max(100).nullish(),
  data: z.object(artifacts),
});

/** The type that the payload names, in Harbor's own format and as a CloudEvent. */
export function harborType(body: unknown): string {
  return (
    z
      .object({
        type: z
          .string()
          .max(200)
          .regex(/^[\w.]+$/),
      })
      .safeParse(body).data?.type ?? 'unknown'
  );
}

/** Reads a delivery of Harbor in either of its formats; all artifacts count, not the first alone. */
export function readHarborEvent(body: unknown): EventReading {
  const type = harborType(body);
  if (type === 'PUSH_ARTIFACT') {
    const parsed = plainSchema.safeParse(body);
    if (!parsed.success) return unreadable(type, parsed.error);
    const seconds = parsed.data.occur_at;
    return toReading(type, parsed.data.event_data, seconds == null ? undefined : new Date(seconds * 1000));
  }
  if (type === 'harbor.artifact.pushed') {
    const parsed = cloudSchema.safeParse(body);
    if (!parsed.success) return unreadable(type, parsed.error);
    const time = Date.parse(parsed.data.time ?? '');
    return toReading(type, parsed.data.data, Number.isNaN(time) ? undefined : new Date(time));
  }
  return ignored(type, 'event_unwanted', 'Events of this kind start nothing here.');
}

function toReading(
  event: string,
  { resources, repository }: z.infer<typeof plainSchema>['event_data'],
  at: Date | undefined,
): EventReading {
  const pushedAt = at === undefined || Number.isNaN(at.getTime()) ? {} : { pushedAt: at };
  const facts = (resources ?? []).flatMap(({ digest, tag }): ImageFact[] => {
    // Harbor writes the digest where there is no tag.
    if (tag == null || tag === digest || !isTag(tag) || !isDigest(digest) || !isPath(repository.repo_full_name))
      return [];
    return [{ kind: 'image', path: repository.repo_full_name, tag, digest, ...pushedAt }];
  });
  return facts.length > 0 ? { event, facts } : ignored(event, 'no_tagged_image', 'No image got a tag by this event.');
}

function unreadable(event: string, error: z.ZodError): EventReading {
  const field = error.issues[0]?.path.join('.') ?? '';
  return ignored(event, 'event_unreadable', `The field ${field} is missing or not as Harbor writes it.`);
}
