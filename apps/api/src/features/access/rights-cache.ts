import type { Database } from '@quarterdeck/database';
import type { AccountPrincipal } from '../../platform/principal.ts';
import type { Epoch, RightsStore } from './rights.store.ts';
import { type Rights, toRights } from './rights.ts';
import type { Terrain } from './terrain.ts';

/** Longest time that a copy is trusted without a look at the epoch. */
const trustMs = 30_000;
const maxPrincipals = 5000;

export interface RightsCache {
  of(principal: AccountPrincipal): Promise<Rights>;
  /** As `of`, for uuids of an account and its groups. */
  ofSubjects(subjects: readonly string[]): Promise<Rights>;
  terrain(): Promise<Terrain>;
  /** Forgets everything: something that rights depend on has changed, or may have. */
  drop(): void;
  /** A change of this process is committed that may be one of rights: whoever asks next looks at the epoch first. */
  doubt(): void;
  close(): void;
}

/**
 * Copies of grants and places in this process, for reads. A notification of the epoch drops them, so does a
 * reconnect of the listener; and no copy is trusted for more than 30 s without asking for the epoch.
 */
export function createRightsCache(deps: { database: Database; store: RightsStore }): RightsCache {
  const { database, store } = deps;
  const rights = new Map<string, Promise<Rights>>();
  let terrain: Promise<Terrain> | undefined;
  let terrainPlaces: string | undefined;
  let seen: Epoch | undefined;
  let confirming: Promise<void> | undefined;
  let trustedUntil = 0;

  function drop(): void {
    rights.clear();
    terrain = undefined;
    doubt();
  }

  function doubt(): void {
    trustedUntil = 0;
    // A look that is under way may have seen the epoch of before.
    confirming = undefined;
  }

  function onNotify(payload: string | undefined): void {
    const told = payload === undefined ? undefined : parse(payload);
    // Who may do what has changed; places have not, so the larger copy stays.
    if (told !== undefined && told.places === terrainPlaces) rights.clear();
    else drop();
    trustedUntil = 0;
  }

  const stop = database.listen('quarterdeck_access', onNotify);

  /** The copies are those of the present epoch, or gone. */
  async function confirm(): Promise<void> {
    if (performance.now() < trustedUntil) return;
    confirming ??= look();
    return confirming;
  }

  function look(): Promise<void> {
    const asked = performance.now();
    const looking: Promise<void> = store
      .epoch()
      .then((now) => {
        if (now.places !== terrainPlaces) terrain = undefined;
        if (now.epoch !== seen?.epoch) rights.clear();
        seen = now;
        terrainPlaces = now.places;
        if (confirming === looking) trustedUntil = asked + trustMs;
      })
      .finally(() => {
        if (confirming === looking) confirming = undefined;
      });
    return looking;
  }

  /** A copy that could not be read, or was dropped while it was read, is not kept. */
  function keep<T>(load: Promise<T>, forget: () => void): Promise<T> {
    load.catch(forget);
    return load;
  }

  async function ofSubjects(subjects: readonly string[]): Promise<Rights> {
    await confirm();
    const key = subjects.join();
    const cached = rights.get(key);
    if (cached !== undefined) return cached;
    if (rights.size >= maxPrincipals) rights.clear();
    const load: Promise<Rights> = keep(store.grantsOf(subjects).then(toRights), () => {
      if (rights.get(key) === load) rights.delete(key);
    });
    rights.set(key, load);
    return load;
  }

  return {
    of: (principal) => ofSubjects(principal.subjects),
    ofSubjects,
    async terrain() {
      await confirm();
      if (terrain !== undefined) return terrain;
      const load: Promise<Terrain> = keep(store.terrain(), () => {
        if (terrain === load) terrain = undefined;
      });
      terrain = load;
      return load;
    },
    drop,
    doubt,
    close: () => stop(),
  };
}

function parse(payload: string): { epoch: string; places: string } | undefined {
  try {
    const { epoch, places } = JSON.parse(payload) as { epoch?: unknown; places?: unknown };
    return epoch === undefined ? undefined : { epoch: String(epoch), places: String(places) };
  } catch {
    return undefined;
  }
}
