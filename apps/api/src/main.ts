import { fileURLToPath } from 'node:url';
import { openDataFolder } from './all-in-one/data-folder.ts';
import { demoAddresses, registerDemoFleet, startDemoFleet } from './all-in-one/demo-fleet.ts';
import { openLoopbackTls } from './all-in-one/loopback-tls.ts';
import { openDatabase } from './all-in-one/open-database.ts';
import { step } from './all-in-one/steps.ts';
import { compose } from './compose.ts';
import { environment, parseConfig } from './config.ts';
import { fileKeyring, parseKeyring } from './platform/crypto/keyring.ts';
import { createLogger } from './platform/telemetry/logger.ts';
import { runProcess } from './processes/run-process.ts';
import { stopOnSignals } from './processes/shutdown.ts';
import { startMetrics } from './processes/start-metrics.ts';
import { checkAddress, startServer } from './processes/start-server.ts';
import { startWorker } from './processes/start-worker.ts';

const migrations = fileURLToPath(new URL('../../../prisma/migrations', import.meta.url));

/** Server, worker, PostgreSQL and the demo fleet in one process: a laptop, a trial, `npm start`. */
await runProcess(async () => {
  const config = parseConfig(environment, process.argv.slice(2));
  // People read this terminal: the log keeps to warnings unless they ask for more.
  const logger = createLogger({ level: environment.QUARTERDECK_LOG_LEVEL === undefined ? 'warn' : config.logLevel });
  const say = (message: string) => process.stdout.write(`${message}\n`);
  if (process.getuid?.() === 0)
    say('Running as root: PostgreSQL runs as another user. An ordinary user is the better choice.');

  await checkAddress(config);
  const folder = await openDataFolder(config.dataDir);
  const running: { close(): Promise<void> }[] = [{ close: () => folder.release() }];
  async function stop(): Promise<void> {
    for (const part of running.splice(0).reverse()) await part.close();
  }
  async function start(): Promise<void> {
    const keyring = config.keyring === undefined ? fileKeyring(await folder.keyring()) : parseKeyring(config.keyring);
    const { database, stop: stopDatabase } = await openDatabase({ config, folder, logger, migrations });
    running.push({ close: stopDatabase });
    const fleet = config.demo ? await startDemoFleet(folder) : undefined;
    if (fleet !== undefined) running.push({ close: () => fleet.stop() });
    const clusterAddressAllow = [...config.clusterAddressAllow, ...(fleet === undefined ? [] : demoAddresses(fleet))];
    const loopbackTls = config.loopback ? { loopbackTls: await openLoopbackTls(folder) } : {};
    const checkpointFile = config.checkpointFile ?? folder.checkpoints;
    const composition = await step('preparing the server', () =>
      compose({
        config: { ...config, ...loopbackTls, clusterAddressAllow, checkpointFile },
        database,
        keyring,
        logger,
      }),
    );
    if (fleet !== undefined) await registerDemoFleet(fleet, composition);
    const metrics = await startMetrics(composition);
    running.push(metrics);
    running.push(await startServer(composition, metrics));
    running.push(await startWorker(composition));
    say(`\nQuarterdeck: ${config.publicOrigins[0]}`);
    const code = await composition.identity.prepareSetup();
    if (code !== undefined)
      say(`Setup code: ${code}\nOpen ${config.publicOrigins[0]}/setup#code=${code} to claim this installation.`);
    say('Stop with Ctrl-C.\n');
  }
  const started = start();
  // Whoever stops it while it starts waits for the part under way, so that nothing of it is left behind.
  stopOnSignals(() => started.catch(() => {}).then(stop), say);
  try {
    await started;
  } catch (error) {
    await stop();
    throw error;
  }
});
