import { printResult } from './result.ts';
import { runSecurityTests } from './security-tests.ts';

/** Crawls of the canary that found a marked secret in what the product said. Baseline: outputs that were read. */
const { tests, output } = await runSecurityTests(['canary.route.test.ts']);
const hits = tests.filter(({ passed }) => !passed).length;
const counted = /canary: (\d+) outputs read, (\d+) upstream/.exec(output);
const outputs = Number(counted?.[1] ?? 0);
process.stdout.write(`                crawls with hits   outputs read\n`);
process.stdout.write(`marked secrets  ${String(hits).padStart(16)}   ${String(outputs).padStart(12)}\n`);
printResult({
  figure: 'canary',
  value: hits,
  unit: 'count',
  baseline: Math.max(outputs, 1),
  goal: 0,
  ok: hits === 0 && tests.length > 0 && outputs > 0,
  more: { outputs, upstreamRequests: Number(counted?.[2] ?? 0) },
});
