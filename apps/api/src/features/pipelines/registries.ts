import {
  type ImageName,
  type RegistryAccess,
  type RegistryClient,
  RegistryError,
  readImageName,
} from '@quarterdeck/registry';
import { toUuid } from '../../platform/ids.ts';
import type { ConnectionRow, ConnectionsStore } from './connections.store.ts';
import type { PipelineSecrets } from './pipeline-secrets.ts';

/** What a registry says of an image that an event named. */
export type Confirmation =
  | { outcome: 'confirmed' }
  /** Nobody answers: a digest that a verified event named is good enough, and marked. */
  | { outcome: 'unreachable'; detail: string }
  | { outcome: 'refused'; code: 'image_not_found' | 'registry_refuses'; detail: string };

export type Registries = ReturnType<typeof createRegistries>;

/** Registries as a project knows them: with the login of its connection, or as anybody. */
export function createRegistries(deps: {
  client: RegistryClient;
  connections: ConnectionsStore;
  secrets: PipelineSecrets;
}) {
  const { client, connections, secrets } = deps;

  async function accessTo(projectId: string, host: string): Promise<RegistryAccess> {
    const known = await connections.ofProject(projectId, ['registry']);
    const connection = known.find(({ address }) => address === host);
    if (connection === undefined) return {};
    const { username, password } = secrets.openConnection(connection.id, connection.sealed_secret);
    return {
      caPem: connection.ca_pem ?? undefined,
      credential: username === undefined || password === undefined ? undefined : { username, password },
      tokenHosts: connection.token_hosts,
    };
  }

  return {
    accessTo,

    /** @param projectId a uuid */
    async confirm(projectId: string, reference: string): Promise<Confirmation> {
      const image = readImageName(reference);
      try {
        await client.digestOf(image, await accessTo(projectId, image.registry));
        return { outcome: 'confirmed' };
      } catch (error) {
        if (!(error instanceof RegistryError)) throw error;
        if (error.code === 'unreachable') return { outcome: 'unreachable', detail: error.message };
        const code = error.code === 'not_found' ? 'image_not_found' : 'registry_refuses';
        return { outcome: 'refused', code, detail: error.message };
      }
    },

    /** Whether a registry answers, by asking for something that it cannot have: saying so takes its leave to read. */
    async test(projectId: string, row: ConnectionRow): Promise<{ ok: boolean; detail: string }> {
      const path = `${row.project}/quarterdeck-connection-test`;
      try {
        await client.digestOf(
          { registry: row.address, path, tag: 'none', digest: undefined },
          await accessTo(toUuid(projectId), row.address),
        );
        return { ok: true, detail: `${row.address} answers.` };
      } catch (error) {
        if (!(error instanceof RegistryError)) throw error;
        if (error.code === 'not_found') return { ok: true, detail: `${row.address} answers as a registry.` };
        const hint =
          row.sealed_secret === null
            ? ''
            : ' If the login is right, it may not read repositories that do not exist: push an image and see.';
        return { ok: false, detail: `${error.message}${error.code === 'denied' ? hint : ''}` };
      }
    },

    /** The commit that the image says it was built from; `undefined` when it says nothing, or cannot be asked. */
    async revisionOf(projectId: string, reference: string): Promise<string | undefined> {
      const image: ImageName = readImageName(reference);
      if (image.digest === undefined) return undefined;
      try {
        const labels = await client.labelsOf(
          { ...image, digest: image.digest },
          await accessTo(projectId, image.registry),
        );
        const revision = labels['org.opencontainers.image.revision']?.toLowerCase();
        return revision !== undefined && /^[a-f0-9]{8,64}$/.test(revision) ? revision : undefined;
      } catch (error) {
        if (error instanceof RegistryError) return undefined;
        throw error;
      }
    },
  };
}
