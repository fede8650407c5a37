import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../', import.meta.url));

export type TestOutcome = { title: string; passed: boolean };

/** Runs test files of `apps/api/src/security` and gives what became of each test, and the lines they printed. */
export async function runSecurityTests(files: readonly string[]): Promise<{ tests: TestOutcome[]; output: string }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'quarterdeck-bench-'));
  const report = path.join(folder, 'report.json');
  const args = ['run', '--project', 'route', '--reporter=json', `--outputFile.json=${report}`];
  const output = await promisify(execFile)(
    process.execPath,
    [
      path.join(root, 'node_modules/vitest/vitest.mjs'),
      ...args,
      ...files.map((file) => `apps/api/src/security/${file}`),
    ],
    { cwd: root, maxBuffer: 64 * 1024 * 1024 },
  ).then(
    ({ stdout }) => stdout,
    (error: { stdout?: string }) => error.stdout ?? '',
  );
  const { testResults } = JSON.parse(await readFile(report, 'utf8')) as {
    testResults: { assertionResults: { title: string; status: string }[] }[];
  };
  await rm(folder, { recursive: true });
  const tests = testResults.flatMap((file) =>
    file.assertionResults.map(({ title, status }) => ({ title, passed: status === 'passed' })),
  );
  return { tests, output };
}
