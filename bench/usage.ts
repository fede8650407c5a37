import { readdir, readFile } from 'node:fs/promises';

/** Resident memory, bytes, and CPU time, s, of a process and all below it; memory also by the names of programs. */
export async function usageOf(
  pid: number,
): Promise<{ rssBytes: number; cpuSeconds: number; bytesOf: ReadonlyMap<string, number> }> {
  const parents = new Map<number, number>();
  for (const name of await readdir('/proc')) {
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
    if (/^\d+$/.test(name) && stat !== '')
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
  }
  const family = new Set([pid]);
  for (let size = 0; size !== family.size; ) {
    size = family.size;
    for (const [child, parent] of parents) if (family.has(parent)) family.add(child);
  }
  let rssBytes = 0;
  let cpuSeconds = 0;
  const bytesOf = new Map<string, number>();
  for (const member of family) {
    const smaps = await readFile(`/proc/${member}/smaps_rollup`, 'utf8').catch(() => '');
    // Pss: what several processes share is counted once.
    const bytes = Number(/^Pss:\s+(\d+)/m.exec(smaps)?.[1] ?? 0) * 1024;
    const name = (await readFile(`/proc/${member}/comm`, 'utf8').catch(() => '')).trim();
    rssBytes += bytes;
    bytesOf.set(name, (bytesOf.get(name) ?? 0) + bytes);
    const stat = await readFile(`/proc/${member}/stat`, 'utf8').catch(() => '');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // The last two are of children that have ended: PostgreSQL's connections come and go.
    cpuSeconds += fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / 100;
  }
  return { rssBytes, cpuSeconds, bytesOf };
}
