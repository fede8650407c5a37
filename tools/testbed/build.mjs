// Builds the programs of a real Kubernetes control plane, and helm, from pinned Go modules into the user's cache.
// Needs nothing but Node 20 and Go, so that CI can run it before anything is installed.

import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const longestBuildMs = 3600 * 1000;
const unusedAfterMs = 30 * 24 * 3600 * 1000;

const kubernetesFlags = (version) => [
  `k8s.io/component-base/version.gitVersion=${version}`,
  `k8s.io/client-go/pkg/version.gitVersion=${version}`,
];
const kwokFlags = (version) => [
  `sigs.k8s.io/kwok/pkg/consts.Version=${version.slice(1)}`,
  `k8s.io/client-go/pkg/version.gitVersion=${version}`,
];

const helmFlags = (version) => [`helm.sh/helm/v3/internal/version.version=${version}`];

/** Smallest first: whoever watches sees progress early. */
const programs = [
  { name: 'etcd', folder: 'etcd', module: 'go.etcd.io/etcd/server/v3', path: '', variables: () => [] },
  { name: 'kwok', folder: 'kwok', module: 'sigs.k8s.io/kwok', path: '/cmd/kwok', variables: kwokFlags },
  ...['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubectl'].map((name) => ({
    name,
    folder: 'kubernetes',
    module: 'k8s.io/kubernetes',
    path: `/cmd/${name}`,
    variables: kubernetesFlags,
  })),
  // Last: what it is made of was compiled for the others.
  { name: 'helm', folder: 'helm', module: 'helm.sh/helm/v3', path: '/cmd/helm', variables: helmFlags },
];

const stages = [
  'pod/fast/pod-ready.yaml',
  'pod/fast/pod-complete.yaml',
  'pod/fast/pod-delete.yaml',
  'node/fast/node-initialize.yaml',
  'node/heartbeat-with-lease/node-heartbeat-with-lease.yaml',
];

/** The folder under which every cache of Quarterdeck's development tools lives. */
export function cacheFolder() {
  return process.env.QUARTERDECK_CACHE_DIR || join(homedir(), '.cache', 'quarterdeck');
}

/**
 * Returns the folder with the programs (`bin/`) and KWOK's stages (`stages/`), building them when they are not cached.
 * `{ skipped: reason }` when this machine cannot build them; throws when a build breaks.
 * `KUBEBUILDER_ASSETS` is used when that folder holds all programs and `stages/` (such as a cache made elsewhere).
 */
export async function ensureTestbed({ log = (line) => console.error(line) } = {}) {
  const given = fromAssets(process.env.KUBEBUILDER_ASSETS, log);
  if (given) return given;

  const folder = join(cacheFolder(), 'testbed', fingerprint());
  if (existsSync(join(folder, 'complete'))) {
    const now = new Date();
    await utimes(folder, now, now).catch(() => {});
    return { bin: join(folder, 'bin'), stages: join(folder, 'stages') };
  }

  if (spawnSync('go', ['version']).status !== 0) {
    return { skipped: 'Go is not installed, so the real control planes cannot be built' };
  }
  await mkdir(dirname(folder), { recursive: true });
  const release = await lock(`${folder}.lock`, log);
  try {
    if (!existsSync(join(folder, 'complete'))) await build(folder, log);
  } catch (error) {
    if (error instanceof CannotBuild) return { skipped: error.message };
    throw error;
  } finally {
    await release();
  }
  return { bin: join(folder, 'bin'), stages: join(folder, 'stages') };
}

function fromAssets(folder, log) {
  if (!folder) return undefined;
  const found = [folder, join(folder, 'bin')].find((bin) => programs.every(({ name }) => existsSync(join(bin, name))));
  if (found && existsSync(join(folder, 'stages'))) return { bin: found, stages: join(folder, 'stages') };
  log('testbed: KUBEBUILDER_ASSETS lacks some programs or KWOK stages, the pinned ones are used instead');
  return undefined;
}

function fingerprint() {
  const hash = createHash('sha256').update(`${process.platform}-${process.arch}`);
  for (const folder of ['etcd', 'helm', 'kubernetes', 'kwok']) {
    hash.update(readFileSync(join(here, folder, 'go.mod'))).update(readFileSync(join(here, folder, 'go.sum')));
  }
  return hash
    .update(readFileSync(fileURLToPath(import.meta.url)))
    .digest('hex')
    .slice(0, 16);
}

async function build(folder, log) {
  const started = Date.now();
  const draft = `${folder}.building-${process.pid}`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(join(draft, 'bin'), { recursive: true });
  log('testbed: building a real Kubernetes control plane from pinned Go modules, once; a few minutes on two cores');
  try {
    for (const program of programs) {
      const at = Date.now();
      const version = pinnedVersion(program);
      await go(join(here, program.folder), [
        'build',
        '-trimpath',
        '-ldflags',
        ['-s -w', ...program.variables(version).map((variable) => `-X ${variable}`)].join(' '),
        '-o',
        join(draft, 'bin', program.name),
        program.module + program.path,
      ]);
      log(`testbed: ${program.name} ${version} built in ${Math.round((Date.now() - at) / 1000)} s`);
    }
    await copyStages(join(draft, 'stages'));
    await writeFile(join(draft, 'complete'), '');
    await rm(folder, { recursive: true, force: true });
    await rename(draft, folder);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw error;
  }
  await removeUnused(dirname(folder));
  log(`testbed: complete after ${Math.round((Date.now() - started) / 1000)} s`);
}

function pinnedVersion({ folder, module }) {
  const text = readFileSync(join(here, folder, 'go.mod'), 'utf8');
  const words = text.split('\n').map((line) => line.replace('require', '').trim().split(' '));
  return words.find(([name]) => name === module)[1];
}

async function copyStages(target) {
  await mkdir(target, { recursive: true });
  const module = (await go(join(here, 'kwok'), ['list', '-m', '-f', '{{.Dir}}', 'sigs.k8s.io/kwok'])).trim();
  for (const stage of stages) {
    await copyFile(join(module, 'kustomize', 'stage', stage), join(target, stage.split('/').at(-1)));
  }
}

class CannotBuild extends Error {}

async function go(cwd, args) {
  // The user's own settings for other work (vendoring, cross builds, workspaces) must not leak into this build.
  const { GOOS: _os, GOARCH: _arch, ...env } = process.env;
  const child = spawn('go', args, {
    cwd,
    env: { ...env, CGO_ENABLED: '0', GOFLAGS: '', GOWORK: 'off' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let problem = '';
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    problem = (problem + chunk).slice(-20_000);
  });
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  if (code === 0) return out;
  if (/dial tcp|no such host|connection refused|i\/o timeout|proxyconnect|module lookup disabled/.test(problem)) {
    throw new CannotBuild(
      `Go modules of the control plane could not be downloaded: ${problem.trim().split('\n').at(-1)}`,
    );
  }
  if (/requires go >= /.test(problem)) {
    throw new CannotBuild(`Go is too old for the control planes: ${problem.trim().split('\n').at(-1)}`);
  }
  throw new Error(`go ${args.slice(0, 1)} failed in ${cwd}:\n${problem}`);
}

/** Two builders would only waste time, since the result is put in place by a rename; so a stale lock may be broken. */
async function lock(file, log) {
  for (let told = false; ; ) {
    try {
      await writeFile(file, String(process.pid), { flag: 'wx' });
      return () => rm(file, { force: true });
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const owner = Number(await readFile(file, 'utf8').catch(() => ''));
    const since = (await stat(file).catch(() => undefined))?.mtimeMs ?? Date.now();
    if ((owner && !isAlive(owner)) || Date.now() - since > longestBuildMs) {
      await rm(file, { force: true });
      continue;
    }
    if (!told) log(`testbed: process ${owner} is building, waiting for it`);
    told = true;
    await delay(500);
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

async function removeUnused(parent) {
  for (const name of await readdir(parent)) {
    const path = join(parent, name);
    const { mtimeMs } = await stat(path);
    if (Date.now() - mtimeMs > unusedAfterMs) await rm(path, { recursive: true, force: true });
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const result = await ensureTestbed();
  console.log(result.skipped ?? result.bin);
  process.exitCode = result.skipped ? 1 : 0;
}
