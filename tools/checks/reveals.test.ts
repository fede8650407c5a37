import { expect, it } from 'vitest';
import { projectFiles, readProjectFile } from './sources.ts';

/**
 * Who may take a value out of its `Secret`, and what for. A new line here is a decision: the value must go straight to
 * the one place that needs it, and nowhere else.
 */
const mayReveal: Readonly<Record<string, readonly string[]>> = {
  'apps/api/src/platform/installation.ts': ['start', 'canary'],
  'apps/api/src/platform/crypto/sealed-columns.ts': ['rotate the key'],
  'apps/api/src/features/clusters/credentials.ts': ['dial the cluster'],
  'apps/api/src/features/identity/oidc/configurations.ts': ['sign in to the provider as its client'],
  'apps/api/src/features/identity/oidc/provider-logout.ts': ['sign out at the provider'],
  'apps/api/src/features/pipelines/pipeline-secrets.ts': [
    'tell or ask the other side of a connection',
    'verify a delivery',
  ],
  'apps/api/src/features/identity/second-factor.ts': ['check a second factor'],
};

/** Each `.reveal(…)` of a source, with the purpose it names; `?` when it is not plain text. */
function reveals(source: string): string[] {
  return [...source.matchAll(/\.reveal\(\s*(?:'([^']*)')?/g)].map((match) => match[1] ?? '?');
}

it('secrets are revealed only where the list says, for the purposes it says', () => {
  const found = Object.fromEntries(
    projectFiles(/^(apps|packages)\/.*\.tsx?$/)
      .filter((file) => !/\.test\.tsx?$/.test(file) && !file.endsWith('/secret.ts'))
      .map((file) => [file, reveals(readProjectFile(file))] as const)
      .filter(([, purposes]) => purposes.length > 0),
  );
  expect(found).toEqual(mayReveal);
});

it('the check sees a reveal with and without a purpose', () => {
  expect(reveals("secret.reveal('dial'); other.reveal(purpose); x\n  .reveal('y')")).toEqual(['dial', '?', 'y']);
});
