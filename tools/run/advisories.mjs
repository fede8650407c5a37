import { pnpm } from './install.mjs';
import { run } from './programs.mjs';

const patienceMs = 60_000;

/**
 * Asks the registry for known holes in what runs in production.
 * @returns what `verdictOf` makes of the answer
 */
export async function advisories() {
  const asked = run('npx', ['--yes', pnpm, 'audit', '--prod', '--audit-level', 'high', '--json'], { capture: true });
  let timer;
  const late = new Promise((resolve) => {
    timer = setTimeout(() => resolve({ code: 1, output: 'no answer within a minute' }), patienceMs);
  });
  const answer = await Promise.race([asked, late]);
  clearTimeout(timer);
  return verdictOf(answer);
}

/**
 * Reads what `pnpm audit --json` said. A registry that does not answer, or mirrors that keep no advisories, are no
 * finding and no clean bill either: `unasked` says why.
 * @param {{ code: number, output: string }} answer
 * @returns {{ found: string[] } | { unasked: string }}
 */
export function verdictOf({ code, output }) {
  const json = output.slice(Math.max(0, output.indexOf('{')));
  try {
    const report = JSON.parse(json);
    if (typeof report.advisories !== 'object' || report.advisories === null) throw new Error('no advisories');
    const serious = Object.values(report.advisories).filter(({ severity }) => ['high', 'critical'].includes(severity));
    return {
      found: serious.map((one) => `${one.module_name}: ${one.title} (${one.severity}) ${one.url ?? ''}`.trim()),
    };
  } catch {
    const line = output.split('\n').find((text) => /ERR_|respon|answer|E[A-Z]{4,}/.test(text));
    return { unasked: (line ?? `pnpm audit ended with ${code}`).trim() };
  }
}
