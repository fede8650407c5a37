import { type ChildProcess, execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chartPlaceholders } from '@quarterdeck/templating';
import { AppError, invalid } from '../../../platform/errors.ts';

/** What one render may take; tests take less. */
export const helmLimits = { timeMs: 20_000, outputBytes: 10 * 1_048_576, memoryBytes: 512 * 1_048_576, atOnce: 2 };

/** Renders charts with the helm of this machine, which never reaches a cluster or a network. */
export interface Helm {
  /**
   * @param files of the chart, by path
   * @returns the manifests as YAML, hooks among them
   * @throws AppError 422 `chart_invalid` | `chart_too_large` | `chart_too_slow`, 429 `rate_limited`,
   *   503 `helm_unavailable`
   */
  render(files: ReadonlyMap<string, Buffer>, values: string, signal?: AbortSignal): Promise<string>;
}

/** @param program path of the helm to run */
export function createHelm(program: string, limits = helmLimits): Helm {
  let running = 0;
  return {
    async render(files, values, signal) {
      if (running >= limits.atOnce) {
        throw new AppError('rate_limited', 429, 'Other charts are being rendered. Try again in a moment.', {
          retryAfterSeconds: Math.ceil(limits.timeMs / 1000),
        });
      }
      running += 1;
      const folder = await mkdtemp(path.join(tmpdir(), 'quarterdeck-chart-'));
      try {
        await writeFiles(path.join(folder, 'chart'), files);
        await writeFile(path.join(folder, 'values.yaml'), values);
        await mkdir(path.join(folder, 'home'));
        return await run(program, folder, limits, signal);
      } finally {
        running -= 1;
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

/** Every path was checked when the archive was read. */
async function writeFiles(root: string, files: ReadonlyMap<string, Buffer>): Promise<void> {
  for (const [file, data] of files) {
    const target = path.join(root, file);
    await mkdir(path.dirname(target), { recursive: true });
    await writeFile(target, data, { flag: 'wx' });
  }
}

/**
 * `helm template`, which runs no hook and has no cluster to look things up in. The schema of the values is not asked: its
 * references would make helm read files of this machine and call addresses of the chart's choice.
 */
function argumentsOf(folder: string): string[] {
  return [
    'template',
    chartPlaceholders.application,
    path.join(folder, 'chart'),
    '--namespace',
    chartPlaceholders.namespace,
    '--values',
    path.join(folder, 'values.yaml'),
    '--include-crds',
    '--skip-tests',
    '--skip-schema-validation',
  ];
}

function run(
  program: string,
  folder: string,
  limits: typeof helmLimits,
  signal: AbortSignal | undefined,
): Promise<string> {
  return new Promise((resolve, reject) => {
    let isTooBig = false;
    const child = execFile(
      program,
      argumentsOf(folder),
      {
        cwd: folder,
        // Nothing of ours: neither variables nor the home with its plugins, repositories and kubeconfig.
        env: { HOME: path.join(folder, 'home'), TMPDIR: folder, PATH: '', GOMAXPROCS: '1', GOMEMLIMIT: '256MiB' },
        timeout: limits.timeMs,
        maxBuffer: limits.outputBytes,
        killSignal: 'SIGKILL',
        encoding: 'utf8',
        ...(signal === undefined ? {} : { signal }),
      },
      (error, output, complaint) => {
        stopWatching();
        if (error === null) resolve(output);
        else if (isTooBig) reject(tooLarge(`takes more than ${limits.memoryBytes / 1_048_576} MiB of memory`));
        else reject(explain(error, complaint, { program, folder, limits }));
      },
    );
    const stopWatching = watchMemory(child, limits.memoryBytes, () => {
      isTooBig = true;
    });
  });
}

/** Ends a process that takes too much memory, where the system says how much it takes. */
function watchMemory(child: ChildProcess, limit: number, onTooMuch: () => void): () => void {
  const pageBytes = 4096;
  const timer = setInterval(async () => {
    const pages = await readFile(`/proc/${child.pid}/statm`, 'utf8').catch(() => '');
    if (Number(pages.split(' ')[1] ?? 0) * pageBytes <= limit || child.exitCode !== null) return;
    onTooMuch();
    child.kill('SIGKILL');
  }, 50);
  timer.unref();
  return () => clearInterval(timer);
}

function explain(
  error: Error & { code?: unknown; killed?: boolean },
  complaint: string,
  { program, folder, limits }: { program: string; folder: string; limits: typeof helmLimits },
): Error {
  if (error.name === 'AbortError') return error;
  if (error.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER')
    return tooLarge(`renders to more than ${limits.outputBytes / 1_048_576} MiB`);
  if (error.killed === true)
    return invalid('chart_too_slow', `helm was not done after ${limits.timeMs / 1000} seconds.`, '/archive');
  if (typeof error.code !== 'number') {
    const detail = `helm could not be run: QUARTERDECK_HELM names ${program} (${String(error.code ?? 'ended by a signal')}).`;
    return new AppError('helm_unavailable', 503, detail, { cause: error });
  }
  // Its first words say what is wrong with the chart; paths of this machine are nobody's business.
  const said = complaint
    .replaceAll(`${folder}/`, '')
    .replaceAll(folder, '')
    .split('\n')
    .filter((line) => line.trim() !== '' && !/^(WARNING:|Use --debug)/.test(line))
    .join(' ')
    .slice(0, 600);
  return invalid('chart_invalid', `helm says: ${said === '' ? `nothing (exit ${error.code})` : said}`, '/archive');
}

function tooLarge(what: string): AppError {
  return invalid('chart_too_large', `The chart ${what}.`, '/archive');
}
