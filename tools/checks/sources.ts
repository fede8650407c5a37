import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));

/** Files git tracks, and new ones it does not ignore, relative to the checkout. */
export function projectFiles(pattern: RegExp): string[] {
  const output = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  });
  return [...new Set(output.split('\n'))]
    .filter((file) => pattern.test(file) && existsSync(path.join(root, file)))
    .sort();
}

export function readProjectFile(file: string): string {
  return readFileSync(path.join(root, file), 'utf8');
}

/** Specifiers of `import`, `export … from` and `import()`, without those in comments. */
export function importsOf(source: string): string[] {
  const code = source.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/^\s*\/\/.*$/gm, '');
  const statements =
    /(?:^|[;\n])\s*(?:import|export)\s[^'"`;]*?from\s*['"]([^'"]+)['"]|(?:^|[;\n])\s*import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/g;
  return [...code.matchAll(statements)].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
}

export type SourceFile = { file: string; imports: string[] };

/** Every TypeScript source with the project files and packages it imports; relative imports are resolved. */
export function readSources(): SourceFile[] {
  return projectFiles(/\.tsx?$/).map((file) => ({
    file,
    imports: importsOf(readProjectFile(file)).map((specifier) =>
      specifier.startsWith('.') ? path.posix.join(path.posix.dirname(file), specifier) : specifier,
    ),
  }));
}
