import { generateKeyPairSync } from 'node:crypto';
import { lintSource } from '@secretlint/core';
import { creator as preset } from '@secretlint/secretlint-rule-preset-recommend';
import { describe, expect, it } from 'vitest';
import { projectFiles, readProjectFile } from './sources.ts';

/** Made-up credentials that tests need whole, so that what hides them is tried on them. */
const examples: Readonly<Record<string, string>> = {
  'packages/database/src/hosts.test.ts': 'addresses of several hosts, with a password',
  'apps/api/src/all-in-one/refusals.fault.test.ts': 'addresses that are refused',
  'apps/api/src/platform/telemetry/logger.test.ts': 'what a log line must not show',
};

/** What looks like a credential in a text, by rule. */
async function secretsIn(filePath: string, content: string): Promise<string[]> {
  const { messages } = await lintSource({
    source: { filePath, content, ext: filePath.slice(filePath.lastIndexOf('.')), contentType: 'text' },
    options: { config: { rules: [{ id: '@secretlint/secretlint-rule-preset-recommend', rule: preset, options: {} }] } },
  });
  return messages.map(({ ruleId, loc }) => `${filePath}:${loc.start.line} ${ruleId}`);
}

describe('the project', () => {
  it('holds no credential but made-up ones of tests', async () => {
    const files = projectFiles(/\.(?!png$|ico$|woff2?$)[a-z]+$/);
    expect(files.length).toBeGreaterThan(500);
    const found = await Promise.all(files.map((file) => secretsIn(file, readProjectFile(file))));
    const withSecrets = files.filter((_, index) => (found[index] ?? []).length > 0);
    expect(found.flat().filter((line) => examples[line.split(':', 1)[0] ?? ''] === undefined)).toEqual([]);
    expect(withSecrets, 'an exception that is needed no more').toEqual(Object.keys(examples).sort());
  });
});

describe('the check itself', () => {
  it('sees keys, tokens and addresses with a password', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const made = [
      String(privateKey.export({ type: 'pkcs1', format: 'pem' })),
      ['postgres', '://someone:some-password@db.example.com/shop'].join(''),
      ['ghp', '_wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx'].join(''),
    ];
    for (const text of made) expect((await secretsIn('made-up.ts', `const x = \`${text}\`;`)).length, text).toBe(1);
    expect(await secretsIn('made-up.ts', 'const password = readSecret();')).toEqual([]);
  });
});
