import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { z } from 'zod';

const checkpointSchema = z.strictObject({
  installation: z.string(),
  chain: z.number().int(),
  seq: z.number().int(),
  hash: z.string(),
  at: z.string(),
  /** The public key, DER in base64. */
  key: z.string(),
  signature: z.string(),
});

/** The head of a chain at a time, signed: kept outside the database. */
export type Checkpoint = z.infer<typeof checkpointSchema>;

export interface CheckpointSigner {
  sign(head: { chain: number; seq: number; hash: Buffer; at: string }): Checkpoint;
  /** DER in base64. */
  readonly publicKey: string;
}

/** What precedes the 32 bytes of an Ed25519 key in PKCS#8. */
const privateKeyHeader = Buffer.from('302e020100300506032b657004220420', 'hex');

/** @param seed 32 secret bytes */
export function createCheckpointSigner(installation: string, seed: Buffer): CheckpointSigner {
  const key = createPrivateKey({ key: Buffer.concat([privateKeyHeader, seed]), format: 'der', type: 'pkcs8' });
  const publicKey = createPublicKey(key).export({ format: 'der', type: 'spki' }).toString('base64');
  return {
    publicKey,
    sign({ chain, seq, hash, at }) {
      const fields = { installation, chain, seq, hash: hash.toString('hex'), at, key: publicKey };
      return { ...fields, signature: sign(null, signedText(fields), key).toString('base64') };
    },
  };
}

function signedText({ installation, chain, seq, hash, at, key }: Omit<Checkpoint, 'signature'>): Buffer {
  return Buffer.from(JSON.stringify([installation, chain, seq, hash, at, key]), 'utf8');
}

/** A file of checkpoints that cannot be trusted; the message names the line. */
export class CheckpointError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'CheckpointError';
  }
}

/**
 * Reads a file of checkpoints, one JSON object a line, and checks every signature.
 * @param publicKey when given, lines of any other key are refused; else all lines must be of one key
 * @throws CheckpointError
 */
export function readCheckpoints(text: string, publicKey?: string): Checkpoint[] {
  let expected = publicKey;
  return text
    .split('\n')
    .map((line, index) => ({ line, place: `line ${index + 1}` }))
    .filter(({ line }) => line.trim() !== '')
    .map(({ line, place }) => {
      const checkpoint = parseLine(line, place);
      expected ??= checkpoint.key;
      if (checkpoint.key !== expected) throw new CheckpointError(`${place} is signed with another key.`);
      if (
        !verify(null, signedText(checkpoint), toKey(checkpoint.key, place), Buffer.from(checkpoint.signature, 'base64'))
      )
        throw new CheckpointError(`${place} was changed: its signature does not fit.`);
      return checkpoint;
    });
}

function parseLine(line: string, place: string): Checkpoint {
  try {
    return checkpointSchema.parse(JSON.parse(line));
  } catch {
    throw new CheckpointError(`${place} is not a checkpoint.`);
  }
}

function toKey(key: string, place: string): KeyObject {
  try {
    return createPublicKey({ key: Buffer.from(key, 'base64'), format: 'der', type: 'spki' });
  } catch {
    throw new CheckpointError(`${place} has no public key.`);
  }
}
