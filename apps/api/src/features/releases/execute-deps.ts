import type { Notifier, Queryable } from '@quarterdeck/database';
import type { Logger } from '../../platform/telemetry/logger.ts';
import type { Access } from '../access/index.ts';
import type { Audit } from '../audit/index.ts';
import type { Connections, ProjectNamespaces } from '../clusters/index.ts';
import type { Fingerprints } from './fingerprints.ts';
import type { LeftObjectsStore } from './left-objects.store.ts';
import type { ReleaseMachine } from './machine.ts';
import type { Preflight } from './preflight.ts';
import type { ReleasesStore } from './releases.store.ts';
import type { RolloutLists } from './rollout-lists.ts';
import type { RunAuthority } from './run-authority.ts';
import type { RunsStore } from './runs.store.ts';
import type { GateTiming } from './watch-rollout.ts';

/** What a run is executed with. */
export type ExecuteDeps = {
  access: Access;
  audit: Audit;
  connections: Connections;
  projectNamespaces: ProjectNamespaces;
  database: Queryable & Notifier;
  store: ReleasesStore;
  runs: RunsStore;
  left: LeftObjectsStore;
  machine: ReleaseMachine;
  authority: RunAuthority;
  lists: RolloutLists;
  preflight: Preflight;
  fingerprints: Fingerprints;
  fieldManager: string;
  timing: GateTiming;
  logger: Logger;
};
