import { createDemoFleet } from '@quarterdeck/simulator';

/** Runs the demo fleet of a folder, or nothing, and tells its parent how long the start took, in ms. */
const [what, dataDir = ''] = process.argv.slice(2);
const started = performance.now();
const fleet = what === 'fleet' ? await createDemoFleet({ dataDir, ports: async () => 0 }) : undefined;
process.send?.(performance.now() - started);
const keepAlive = setInterval(() => {}, 60_000);
process.once('SIGTERM', async () => {
  clearInterval(keepAlive);
  await fleet?.stop();
  process.disconnect();
});
