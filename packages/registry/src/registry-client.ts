import { createHash } from 'node:crypto';
import { type OutboundClient, OutboundError, type OutboundFetch } from '@quarterdeck/outbound';
import { z } from 'zod';
import { type Challenge, readChallenge } from './challenge.ts';
import type { ImageName } from './image-name.ts';
import { RegistryError } from './registry-error.ts';

/** What it takes to ask one registry. */
export type RegistryAccess = {
  /** Authority of a registry whose certificate is not publicly trusted. */
  caPem?: string | undefined;
  credential?: { username: string; password: string } | undefined;
  /** Hosts besides the registry's own that may hand out its tokens: GitLab's registry names GitLab. */
  tokenHosts?: readonly string[] | undefined;
};

/** What an image runs on: `linux`, `arm64`. */
export type Platform = { os: string; architecture: string };

export interface RegistryClient {
  /**
   * The digest that the registry has for this tag, or proof that it has this digest.
   * @throws RegistryError
   */
  digestOf(image: ImageName, access: RegistryAccess): Promise<string>;
  /**
   * Labels of the image's configuration; of an index, those of its first image.
   * @throws RegistryError
   */
  labelsOf(image: ImageName & { digest: string }, access: RegistryAccess): Promise<Readonly<Record<string, string>>>;
  /**
   * What the image can run on: an index names its platforms, a single image its own. Empty where neither does.
   * @throws RegistryError
   */
  platformsOf(image: ImageName & { digest: string }, access: RegistryAccess): Promise<readonly Platform[]>;
}

/** Headers that the outbound client must let out. */
export const registryHeaders = ['accept', 'authorization'];

const manifestTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');
const digestPattern = /^sha256:[a-f0-9]{64}$/;
/** The name that people write is not the host that answers. */
const hostOf: Readonly<Record<string, string>> = { 'docker.io': 'registry-1.docker.io' };
const tokenHostOf: Readonly<Record<string, string>> = { 'docker.io': 'auth.docker.io' };

const tokenSchema = z.object({ token: z.string().optional(), access_token: z.string().optional() });
const descriptor = z.object({ digest: z.string().regex(digestPattern) });
const platformSchema = z.object({ os: z.string(), architecture: z.string() });
const manifestSchema = z.object({
  config: descriptor.optional(),
  manifests: z.array(descriptor.extend({ platform: platformSchema.optional() })).optional(),
});
const configSchema = platformSchema.partial().extend({
  config: z.object({ Labels: z.record(z.string(), z.string()).nullish() }).nullish(),
});

type Ask = (path: string, method: 'GET' | 'HEAD', accept: string) => Promise<Response>;

/** Speaks the read side of the distribution specification, through the guarded way out. */
export function createRegistryClient(options: { outbound: OutboundClient }): RegistryClient {
  /** Asks below `/v2/<path>/`, answering one challenge, and follows one redirect without the credential. */
  function asker(image: ImageName, access: RegistryAccess): Ask {
    const fetch = options.outbound.fetchFor({ caPem: access.caPem });
    let authorization: string | undefined;
    const send = (url: string, method: string, accept: string, secret: string | undefined) =>
      reached(image.registry, () =>
        fetch(url, { method, headers: { accept, ...(secret === undefined ? {} : { authorization: secret }) } }),
      );
    return async (path, method, accept) => {
      const url = `https://${hostOf[image.registry] ?? image.registry}/v2/${image.path}/${path}`;
      let response = await send(url, method, accept, authorization);
      if (response.status === 401 && authorization === undefined) {
        authorization = await answer(readChallenge(response.headers.get('www-authenticate')), image, access, fetch);
        if (authorization !== undefined) response = await send(url, method, accept, authorization);
      }
      const location = response.headers.get('location');
      const isElsewhere = [301, 302, 303, 307, 308].includes(response.status) && location !== null;
      // Where blobs lie is another server, which must not see what the registry knows us by.
      return isElsewhere ? send(new URL(location, url).href, method, accept, undefined) : response;
    };
  }

  async function answer(
    challenge: Challenge | undefined,
    image: ImageName,
    access: RegistryAccess,
    fetch: OutboundFetch,
  ): Promise<string | undefined> {
    const { credential } = access;
    const basic =
      credential === undefined
        ? undefined
        : `Basic ${Buffer.from(`${credential.username}:${credential.password}`).toString('base64')}`;
    if (challenge?.scheme !== 'bearer') return challenge === undefined ? undefined : basic;
    const realm = URL.parse(challenge.realm);
    const allowed = [image.registry, tokenHostOf[image.registry], ...(access.tokenHosts ?? [])];
    if (realm === null || !allowed.includes(realm.host)) {
      throw new RegistryError(
        'denied',
        `${image.registry} sends us to ${realm?.host ?? 'nowhere'} for a token. Name that host as one of its token hosts if it is yours.`,
      );
    }
    if (challenge.service !== undefined) realm.searchParams.set('service', challenge.service);
    realm.searchParams.set('scope', challenge.scope ?? `repository:${image.path}:pull`);
    const response = await reached(realm.host, () =>
      fetch(realm.href, {
        headers: { accept: 'application/json', ...(basic === undefined ? {} : { authorization: basic }) },
      }),
    );
    if (response.status !== 200) throw refusal(response.status, image);
    const parsed = tokenSchema.safeParse(await jsonOf(response, realm.host));
    const token = parsed.data?.token ?? parsed.data?.access_token;
    if (token === undefined) throw new RegistryError('invalid_answer', `${realm.host} answered without a token.`);
    return `Bearer ${token}`;
  }

  async function manifestOf(ask: Ask, image: ImageName, digest: string) {
    const response = await ask(`manifests/${digest}`, 'GET', manifestTypes);
    if (response.status !== 200) throw refusal(response.status, image);
    const text = Buffer.from(await response.arrayBuffer());
    if (sha256(text) !== digest)
      throw new RegistryError('invalid_answer', `${image.registry} answered other bytes than ${digest}.`);
    const parsed = manifestSchema.safeParse(parseJson(text.toString('utf8')));
    if (!parsed.success) throw new RegistryError('invalid_answer', `${digest} is no image manifest.`);
    return parsed.data;
  }

  /** The configuration of a single image. */
  async function configOf(ask: Ask, image: ImageName, digest: string) {
    const response = await ask(`blobs/${digest}`, 'GET', '*/*');
    if (response.status !== 200) throw refusal(response.status, image);
    return configSchema.safeParse(await jsonOf(response, image.registry)).data;
  }

  return {
    async digestOf(image, access) {
      const ask = asker(image, access);
      const path = `manifests/${image.digest ?? image.tag ?? 'latest'}`;
      const head = await ask(path, 'HEAD', manifestTypes);
      if (head.status !== 200) throw refusal(head.status, image);
      // The header is optional; without it the bytes say what they are.
      const digest = head.headers.get('docker-content-digest') ?? sha256(await bytesOf(ask, path, image));
      if (!digestPattern.test(digest) || (image.digest !== undefined && digest !== image.digest)) {
        throw new RegistryError('invalid_answer', `${image.registry} answers another digest than was asked for.`);
      }
      return digest;
    },

    async labelsOf(image, access) {
      const ask = asker(image, access);
      let manifest = await manifestOf(ask, image, image.digest);
      const first = manifest.manifests?.[0];
      if (first !== undefined) manifest = await manifestOf(ask, image, first.digest);
      if (manifest.config === undefined) return {};
      return (await configOf(ask, image, manifest.config.digest))?.config?.Labels ?? {};
    },

    async platformsOf(image, access) {
      const ask = asker(image, access);
      const manifest = await manifestOf(ask, image, image.digest);
      if (manifest.manifests !== undefined)
        // Attestations stand in an index too, for no platform.
        return manifest.manifests.flatMap(({ platform }) =>
          platform === undefined || platform.os === 'unknown' ? [] : platform,
        );
      if (manifest.config === undefined) return [];
      const { os, architecture } = (await configOf(ask, image, manifest.config.digest)) ?? {};
      return os === undefined || architecture === undefined ? [] : [{ os, architecture }];
    },
  };
}

async function bytesOf(ask: Ask, path: string, image: ImageName): Promise<Buffer> {
  const response = await ask(path, 'GET', manifestTypes);
  if (response.status !== 200) throw refusal(response.status, image);
  return Buffer.from(await response.arrayBuffer());
}

async function reached(host: string, send: () => Promise<Response>): Promise<Response> {
  try {
    return await send();
  } catch (error) {
    if (!(error instanceof OutboundError)) throw error;
    // Which addresses an installation dials is its operator's business, not everybody's who names a registry.
    const why = error.code === 'address_refused' ? 'Its address is not one that is dialled.' : error.message;
    throw new RegistryError('unreachable', `${host} cannot be asked. ${why}`, { cause: error });
  }
}

async function jsonOf(response: Response, host: string): Promise<unknown> {
  const value = parseJson(await response.text());
  if (value === undefined) throw new RegistryError('invalid_answer', `${host} answered something that is not JSON.`);
  return value;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function sha256(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

function refusal(status: number, image: ImageName): RegistryError {
  const name = `${image.registry}/${image.path}${image.digest === undefined ? `:${image.tag}` : `@${image.digest}`}`;
  if (status === 404) return new RegistryError('not_found', `The registry has no ${name}.`);
  if (status === 401 || status === 403) {
    return new RegistryError(
      'denied',
      `${image.registry} does not let us read ${image.path} (${status}). Give it a registry connection.`,
    );
  }
  return new RegistryError('unreachable', `${image.registry} answered ${status} for ${name}.`);
}
