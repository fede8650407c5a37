import {
  bareName,
  type Platform,
  type RegistryAccess,
  type RegistryClient,
  RegistryError,
  readImageName,
} from '@quarterdeck/registry';
import { AppError } from '../../platform/errors.ts';
import { createRecent } from '../../platform/recent.ts';
import type { Images } from './release-rows.ts';

/** The answer of a registry about a tag is worth so long; what a digest is never changes. */
const tagMs = 10_000;
const digestMs = 600_000;
/** Whoever deploys waits no longer for a registry. */
const patienceMs = 5000;
/** And not as long for what is merely told: whether a tag has moved since. */
const asideMs = 300;

export type ImageResolver = {
  /**
   * Tags become digests. What a registry does not tell stays as it was typed, with a note why.
   * @param options `isFresh`: not what was told a moment ago
   * @throws AppError 422 `image_not_found` when a registry says that it has no such image
   */
  resolve(projectId: string, images: Images, options?: { isFresh?: boolean }): Promise<Images>;
  /** What the images that are pinned run on, by slot; a slot whose registry does not tell is left out. */
  platforms(projectId: string, images: Images): Promise<ReadonlyMap<string, readonly Platform[]>>;
};

/**
 * Asks registries what image references name.
 * @param accessTo what a project has to ask a registry with
 */
export function createImageResolver(deps: {
  client: RegistryClient;
  accessTo: (projectId: string, host: string) => Promise<RegistryAccess>;
}): ImageResolver {
  const { client, accessTo } = deps;
  const lately = createRecent<string | RegistryError>(tagMs);
  const confirmed = createRecent<string>(digestMs);
  const platformsOfDigest = createRecent<readonly Platform[]>(digestMs);

  /** What a registry refuses is remembered like what it tells, so that a deployment does not wait after its preview did. */
  function ask(projectId: string, reference: string): Promise<string | RegistryError> {
    const name = readImageName(reference);
    const key = `${projectId} ${reference}`;
    const asked = () =>
      lately.get(key, async () => {
        try {
          return await client.digestOf(name, await accessTo(projectId, name.registry));
        } catch (error) {
          if (error instanceof RegistryError) return error;
          throw error;
        }
      });
    if (name.digest === undefined) return asked();
    const told = async () => {
      const answer = await asked();
      if (answer instanceof RegistryError) throw answer;
      return answer;
    };
    return confirmed.get(key, told).catch((error: unknown) => {
      if (error instanceof RegistryError) return error;
      throw error;
    });
  }

  async function resolveOne(projectId: string, slot: string, image: Images[string]): Promise<Images[string]> {
    const name = readImageName(image.reference);
    const bare = bareName(image.reference);
    if (name.digest !== undefined) {
      const reference = `${bare}@${name.digest}`;
      const [answer, tagNow] = await Promise.all([
        within(patienceMs, ask(projectId, reference)),
        name.tag === undefined ? undefined : within(asideMs, ask(projectId, `${bare}:${name.tag}`)),
      ]);
      refuseMissing(slot, answer);
      return {
        reference,
        pinned: true,
        ...(name.tag === undefined ? {} : { tag: name.tag }),
        ...(typeof tagNow === 'string' && tagNow !== name.digest ? { tagNow } : {}),
        ...(typeof answer === 'string' ? {} : { note: noteOf(answer, name.registry) }),
      };
    }
    const found = await within(patienceMs, ask(projectId, image.reference));
    refuseMissing(slot, found);
    return typeof found === 'string'
      ? { reference: `${bare}@${found}`, pinned: true, tag: name.tag ?? 'latest' }
      : { reference: image.reference, pinned: false, note: noteOf(found, name.registry) };
  }

  return {
    async resolve(projectId, images, { isFresh = false } = {}) {
      if (isFresh) lately.forget();
      const resolved = await Promise.all(
        Object.entries(images).map(async ([slot, image]) => [slot, await resolveOne(projectId, slot, image)] as const),
      );
      return Object.fromEntries(resolved);
    },

    async platforms(projectId, images) {
      const pinned = Object.entries(images).filter(([, image]) => image.pinned && image.note === undefined);
      const found = await Promise.all(
        pinned.map(async ([slot, { reference }]) => {
          const name = readImageName(reference);
          const { digest } = name;
          if (digest === undefined) return [];
          const load = async () => client.platformsOf({ ...name, digest }, await accessTo(projectId, name.registry));
          const told = await within(
            patienceMs,
            platformsOfDigest.get(`${projectId} ${reference}`, load).catch(() => undefined),
          );
          return told === undefined ? [] : [[slot, told] as const];
        }),
      );
      return new Map(found.flat());
    },
  };
}

/** @throws AppError 422 `image_not_found` */
function refuseMissing(slot: string, answer: string | RegistryError | undefined): void {
  if (!(answer instanceof RegistryError) || answer.code !== 'not_found') return;
  const detail = `${answer.message} Check its name and tag, or push it first.`;
  throw new AppError('image_not_found', 422, detail, {
    errors: [{ pointer: `/images/${slot}`, code: 'image_not_found', detail }],
  });
}

function noteOf(answer: RegistryError | undefined, registry: string): string {
  return answer?.message ?? `${registry} did not answer within ${patienceMs / 1000} s.`;
}

/** The answer, or `undefined` once patience ends; the question goes on, for whoever asks next. */
async function within<T>(ms: number, answer: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const end = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  try {
    return await Promise.race([answer, end]);
  } finally {
    clearTimeout(timer);
  }
}
