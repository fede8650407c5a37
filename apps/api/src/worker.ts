import { fileURLToPath } from 'node:url';
import { compose } from './compose.ts';
import { environment, parseConfig } from './config.ts';
import { openResources } from './processes/open-resources.ts';
import { runProcess } from './processes/run-process.ts';
import { stopOnSignals } from './processes/shutdown.ts';
import { startMetrics } from './processes/start-metrics.ts';
import { startWorker } from './processes/start-worker.ts';

/** One of any number of workers of an installation. */
await runProcess(async () => {
  const config = parseConfig(environment, process.argv.slice(2));
  const resources = await openResources(config, fileURLToPath(new URL('../../../prisma/migrations', import.meta.url)));
  const composition = await compose({ config, ...resources });
  const metrics = await startMetrics(composition);
  const worker = await startWorker(composition);
  resources.logger.info({}, 'worker runs');
  stopOnSignals(
    async () => {
      await worker.close();
      await metrics.close();
      await resources.database.close();
    },
    (message) => resources.logger.info({ message }, 'worker stops'),
  );
});
