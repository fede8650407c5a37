import { parentPort, workerData } from 'node:worker_threads';
import { createDatabase } from '@quarterdeck/database';
import { createPacing, systemClock } from '@quarterdeck/kubernetes';
import { createAddressGuard } from '@quarterdeck/outbound';
import { createInventoryStore } from './inventory.store.ts';
import { createKindRegistry } from './kind-registry.ts';
import { createRbacStore } from './rbac.store.ts';
import type { FromThread, Note, ThreadSetup, ToThread } from './thread-messages.ts';
import { type ClusterWatch, shownError, watchCluster } from './watch-cluster.ts';

/** What a worker may ask of all its clusters together; its threads share it evenly. */
const syncsAtOnce = 4;
const startsPerSecond = 200;
const listsPerSecond = 20;

/**
 * A thread that watches clusters: TLS, parsing, projection and the writing of rows take place here, so that nobody who
 * asks the process for something waits for a list of a hundred thousand objects. Started by `createWatchThreads` alone.
 */
const setup = workerData as ThreadSetup;
const say = (message: FromThread) => parentPort?.postMessage(message);
const note = (given: Note) => say({ is: 'note', note: given });

const database = createDatabase({
  ...setup.database,
  maxConnections: setup.connections,
  onWarning: (error) =>
    note({ level: 'warn', message: 'database connection lost', about: {}, error: shownError(error) }),
});
const kinds = createKindRegistry(database);
const deps = {
  store: createInventoryStore(database, kinds),
  rbac: createRbacStore(database, kinds),
  guard: createAddressGuard({ allow: setup.addressAllow }),
  pacing: createPacing({
    clock: systemClock,
    maxSyncs: Math.max(1, Math.floor(syncsAtOnce / setup.threads)),
    startsPerSecond: Math.max(1, Math.floor(startsPerSecond / setup.threads)),
    listsPerSecond: Math.max(1, Math.floor(listsPerSecond / setup.threads)),
  }),
  note,
};
const watches = new Map<number, ClusterWatch>();

parentPort?.on('message', (message: ToThread) => {
  switch (message.do) {
    case 'watch': {
      const { watch, order } = message;
      const running = watchCluster(deps, order);
      watches.set(watch, running);
      void running.ended.then((how) => {
        watches.delete(watch);
        say({ is: 'ended', watch, how });
      });
      break;
    }
    case 'swap':
      watches.get(message.watch)?.swap(message.endpoint);
      break;
    case 'stop':
      void watches.get(message.watch)?.stop();
      break;
    case 'ping':
      say({ is: 'alive' });
      break;
    case 'close':
      void close();
      break;
  }
});

/** Ends the thread, not the process; sockets that a server has not closed yet are not waited for. */
async function close(): Promise<void> {
  await Promise.all([...watches.values()].map((watch) => watch.stop()));
  await database.close();
  process.exit();
}
