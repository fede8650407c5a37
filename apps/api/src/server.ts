import { fileURLToPath } from 'node:url';
import { compose } from './compose.ts';
import { environment, parseConfig } from './config.ts';
import { openResources } from './processes/open-resources.ts';
import { runProcess } from './processes/run-process.ts';
import { stopOnSignals } from './processes/shutdown.ts';
import { startMetrics } from './processes/start-metrics.ts';
import { startServer } from './processes/start-server.ts';

/** One of any number of servers of an installation. */
await runProcess(async () => {
  const config = parseConfig(environment, process.argv.slice(2));
  const resources = await openResources(config, fileURLToPath(new URL('../../../prisma/migrations', import.meta.url)));
  const composition = await compose({ config, ...resources });
  const metrics = await startMetrics(composition);
  const server = await startServer(composition, metrics);
  const origin = config.publicOrigins[0];
  resources.logger.info({ origin }, 'server listens');
  const code = await composition.identity.prepareSetup();
  if (code !== undefined) process.stdout.write(`Setup code: ${code}\n${origin}/setup#code=${code}\n`);
  stopOnSignals(
    async () => {
      await server.close();
      await metrics.close();
      await resources.database.close();
    },
    (message) => resources.logger.info({ message }, 'server stops'),
  );
});
