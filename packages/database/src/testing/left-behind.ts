import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';

/** How a folder begins that belongs to this process: whoever starts after it was killed knows it by the id. */
export function ownPrefix(name: string): string {
  return `${name}-${process.pid}-`;
}

/** Removes what killed processes left behind under this name: memory, where the folder is `/dev/shm`. */
export async function removeLeftBehind(parent: string, name: string): Promise<void> {
  for (const entry of await readdir(parent)) {
    if (!entry.startsWith(`${name}-`)) continue;
    const pid = Number(/^(\d+)-/.exec(entry.slice(name.length + 1))?.[1]);
    if (pid > 0 && !isAlive(pid)) await rm(path.join(parent, entry), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process is alive, too.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
