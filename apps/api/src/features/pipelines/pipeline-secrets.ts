import { z } from 'zod';
import type { Envelopes } from '../../platform/crypto/envelope.ts';

/** What is sealed of a connection, by its kind. */
const connectionSecretSchema = z.object({
  /** GitLab: an access token. */
  token: z.string().optional(),
  /** Registry: a login. */
  username: z.string().optional(),
  password: z.string().optional(),
  /** Channel: the address to post to, and what its messages are signed with. */
  url: z.string().optional(),
  signingSecret: z.string().optional(),
});
export type ConnectionSecret = z.infer<typeof connectionSecretSchema>;

export type PipelineSecrets = ReturnType<typeof createPipelineSecrets>;

/** Seals and opens the secrets of connections and hooks. Ids are uuids. */
export function createPipelineSecrets(envelopes: Envelopes) {
  const connectionPlace = (id: string) => ({ table: 'pipelines_connection', column: 'sealed_secret', rowId: id });
  const hookPlace = (id: string) => ({ table: 'pipelines_hook', column: 'sealed_secret', rowId: id });
  return {
    /** `undefined` when there is nothing to keep. */
    sealConnection(id: string, secret: ConnectionSecret): Buffer | undefined {
      const isEmpty = Object.values(secret).every((value) => value === undefined);
      return isEmpty ? undefined : Buffer.from(envelopes.seal(connectionPlace(id), JSON.stringify(secret)));
    },
    openConnection(id: string, sealed: Buffer | null): ConnectionSecret {
      if (sealed === null) return {};
      const text = envelopes.open(connectionPlace(id), sealed).reveal('tell or ask the other side of a connection');
      return connectionSecretSchema.parse(JSON.parse(text));
    },
    sealHook: (id: string, secret: string) => Buffer.from(envelopes.seal(hookPlace(id), secret)),
    openHook: (id: string, sealed: Buffer) => envelopes.open(hookPlace(id), sealed).reveal('verify a delivery'),
  };
}
