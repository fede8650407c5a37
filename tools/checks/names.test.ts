import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectFiles, readProjectFile } from './sources.ts';

const codeFolders = /^(apps|packages|tools|e2e|bench|prisma)\//;
/** Names other programs look for. */
const givenNames = new Set(['Dockerfile', 'README.md', 'vite-env.d.ts']);
const kebab = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9-]+)*$/;
/** Migrations are numbered and named like tables: `0010_audit`. */
const migration = /^\d{4}_[a-z0-9_]+$/;

function badNames(files: readonly string[]): string[] {
  return files.filter((file) =>
    file
      .split('/')
      .some((part) => !kebab.test(part) && !givenNames.has(part) && !migration.test(part) && !part.startsWith('.')),
  );
}

function readsEnvironment(source: string): boolean {
  return /\bprocess\.env\b/.test(source.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/^\s*\/\/.*$/gm, ''));
}

describe('file names', () => {
  it('are kebab-case', () => {
    expect(badNames(projectFiles(codeFolders))).toEqual([]);
  });

  it('check sees capitals, underscores and camel case', () => {
    expect(
      badNames(['apps/web/src/MyPage.tsx', 'tools/my_tool.ts', 'tools/myTool.ts', 'tools/my-tool.test.ts']),
    ).toHaveLength(3);
  });
});

describe('process.env', () => {
  /** The product's configuration, and programs of the workshop that start others. */
  const mayRead =
    /^(apps\/api\/src\/config\.ts|(tools|bench|e2e)\/|packages\/testing\/|[^/]+\.config\.ts|apps\/web\/vite\.config\.ts)/;

  it('is read in config.ts alone', () => {
    const files = projectFiles(/\.(tsx?|mjs)$/).filter((file) => !mayRead.test(file));
    expect(files.filter((file) => readsEnvironment(readProjectFile(file)))).toEqual([]);
  });

  it('check sees it in code and not in a comment', () => {
    expect(readsEnvironment('const a = process.env.A;')).toBe(true);
    expect(readsEnvironment('// process.env is read elsewhere')).toBe(false);
  });

  it('is not where a path of one machine stands', () => {
    const local = projectFiles(/\.(tsx?|mjs|md|ya?ml|json)$/).filter(
      (file) =>
        path.basename(file) !== 'pnpm-lock.yaml' &&
        /(^|[^A-Za-z0-9])\/(root|home\/[a-z]+)\//m.test(readProjectFile(file)),
    );
    expect(local).toEqual([]);
  });
});
