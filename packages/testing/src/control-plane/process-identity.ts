import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';

/** A process as it can be told apart from a later one with the same number. */
export type ProcessIdentity = { pid: number; startedAt: string; executable: string };

/** Who this number belongs to at present; `undefined` when the process is gone or only its exit code is left. */
export function identifyProcess(pid: number): ProcessIdentity | undefined {
  return process.platform === 'linux' ? identifyByProc(pid) : identifyByPs(pid);
}

export function isSameProcess(identity: ProcessIdentity): boolean {
  const now = identifyProcess(identity.pid);
  return now?.startedAt === identity.startedAt && now.executable === identity.executable;
}

/** Ends exactly this process; one that merely reuses its number is left alone. */
export function killProcess(identity: ProcessIdentity): void {
  if (!isSameProcess(identity)) return;
  try {
    process.kill(identity.pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function identifyByProc(pid: number): ProcessIdentity | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may itself hold spaces and parentheses; the counted fields begin after the last one.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, ticks] = [fields[0], fields[19]];
    if (state === 'Z' || state === 'X' || !ticks) return undefined;
    // Ticks count from boot, so that another boot can repeat them.
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8);
    return { pid, startedAt: `${boot}-${ticks}`, executable: readlinkSync(`/proc/${pid}/exe`) };
  } catch {
    return undefined;
  }
}

function identifyByPs(pid: number): ProcessIdentity | undefined {
  try {
    const fields = execFileSync('ps', ['-p', String(pid), '-o', 'lstart=', '-o', 'comm='], { encoding: 'utf8' });
    const started = fields.trim().slice(0, 24);
    return started
      ? { pid, startedAt: started.replaceAll(/\W+/g, '-'), executable: fields.trim().slice(24).trim() }
      : undefined;
  } catch {
    return undefined;
  }
}
