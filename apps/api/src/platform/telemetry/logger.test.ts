import { describe, expect, it } from 'vitest';
import { createLogger } from './logger.ts';
import { maskSecrets } from './mask-secrets.ts';

const pem = '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg\n-----END PRIVATE KEY-----';
const jwt = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJqb2IifQ.c2lnbmF0dXJl';
const canaries = [
  ['a personal token', 'qdp_0123456789abcdef_c4nary0123456789', 'c4nary0123456789'],
  ['a service token', 'qds_0123456789abcdef_c4nary0123456789', 'c4nary0123456789'],
  ['a workload token', 'qdw_0123456789abcdef_c4nary0123456789', 'c4nary0123456789'],
  ['a JSON web token', jwt, 'c2lnbmF0dXJl'],
  ['a PEM block', pem, 'MIIEvQIBADANBg'],
  ['a PEM block that was cut off', pem.slice(0, 40), 'MIIEvQ'],
  ['a bearer header', 'Authorization: Bearer c4nary-0123456789', 'c4nary-0123456789'],
  ['a basic header', 'authorization: Basic dXNlcjpjNG5hcnk=', 'dXNlcjpjNG5hcnk='],
  ['a password in a URL', 'postgresql://quarterdeck:hunter2@db:5432/q', 'hunter2'],
] as const;

function logged(write: (logger: ReturnType<typeof createLogger>) => void): string {
  const lines: string[] = [];
  write(createLogger({ level: 'info', destination: { write: (line: string) => void lines.push(line) } }));
  return lines.join('');
}

describe('S16: the log', () => {
  it.each(canaries)('keeps no %s, wherever it stands in a line', (_name, text, secret) => {
    const cause = new Error(`upstream said ${text}`);
    const line = logged((logger) => {
      logger.info({ field: text, nested: { deep: [text] } }, `message with ${text}`);
      logger.error({ err: new Error(`failed with ${text}`, { cause }) }, 'request failed');
    });
    expect(line).toContain('[secret]');
    expect(line).not.toContain(secret);
  });

  it('keeps no request and no answer, whoever logs them', () => {
    const line = logged((logger) =>
      logger.info({ req: { headers: { cookie: 'qd-local=c4nary' } }, res: { body: 'c4nary' } }, 'x'),
    );
    expect(line).not.toContain('c4nary');
  });

  it('has one line for each message, whatever line breaks somebody put in', () => {
    const forged = 'x\n{"level":50,"msg":"forged"}\r\nnext\u2028line';
    const text = logged((logger) => logger.info({ name: forged }, forged));
    expect(text.trimEnd().split(/\r|\n/)).toHaveLength(1);
    expect(JSON.parse(text)).toMatchObject({ name: forged, msg: forged });
  });

  it('leaves other words alone', () => {
    const text = 'pod cart-7d9f in https://bj-1.example:6443/api was bearer of news; qdp is a prefix';
    expect(maskSecrets(text)).toBe(text);
  });

  it.each(['-----BEGIN A-----', 'eyJ', 'a://b:', 'Bearer ', 'qdp_'])(
    'is done with 200,000 times %j before the test times out',
    (text) => {
      expect(maskSecrets(text.repeat(200_000)).length).toBeGreaterThan(0);
    },
  );
});
