import { createCrowd, type Place } from '../crowd.ts';
import { AppError } from '../errors.ts';
import type { Actor, Principal } from '../principal.ts';
import type { Logger } from '../telemetry/logger.ts';

/** Something open that must end when its actor loses the right to it: a socket, a followed log. */
export type Revocable = {
  actor: Actor;
  /**
   * Asks again whether it may go on for the actor as they are now (their groups may have changed).
   * @throws AppError when not
   */
  recheck(actor: Actor): Promise<void>;
  end(why: Ending): void;
};

/** Why a stream is ended, with its WebSocket close code. */
export type Ending = { code: 1008 | 1013; reason: 'signed out' | 'no longer allowed' | 'rights cannot be checked' };

export interface Revocations {
  /** Watches over a stream until the returned function is called. */
  guard(stream: Revocable): () => void;
  close(): void;
  readonly guarded: number;
}

export type RevocationTiming = {
  /** A look at the epoch, in case a notification was lost. */
  pulseMs: number;
  /** Every stream is asked again, since grants and sessions also end by time. */
  sweepMs: number;
  /** Without an answer of PostgreSQL for so long nothing may stay open. */
  graceMs: number;
};

export const defaultRevocationTiming: RevocationTiming = { pulseMs: 2500, sweepMs: 30_000, graceMs: 30_000 };
const atOnce = 16;

/**
 * The one place where open streams lose their rights. A notification of `quarterdeck_access`, a reconnect of the
 * listener, a changed epoch or half a minute makes every guarded stream be asked again: is the session or token alive,
 * and is what it does still allowed? While PostgreSQL is away nobody can tell, so after 30 s everything is closed.
 */
export function createRevocations(deps: {
  listen: (channel: string, handler: (payload: string | undefined) => void) => () => void;
  /** Rises with every change of rights. */
  epoch: () => Promise<string>;
  /** Called before streams are asked again: copies of grants are old. */
  forget: () => void;
  /** Who the actor is now; `undefined` when the session or token has ended. */
  renew: (actor: Actor) => Promise<Principal | undefined>;
  logger: Logger;
  timing?: RevocationTiming;
}): Revocations {
  const { pulseMs, sweepMs, graceMs } = deps.timing ?? defaultRevocationTiming;
  const streams = createCrowd<Revocable>();
  let seen: string | undefined;
  let running = false;
  let again = false;
  let confirmedAt = performance.now();
  let sweptAt = performance.now();
  let isPulsing = false;

  async function ask(place: Place<Revocable>, renewed: Map<string, Promise<Principal | undefined>>): Promise<void> {
    const { member: stream } = place;
    if (stream === undefined) return;
    const key = keyOf(stream.actor);
    const asking = renewed.get(key) ?? deps.renew(stream.actor);
    renewed.set(key, asking);
    const principal = await asking;
    if (place.member === undefined) return;
    if (principal === undefined) return end(place, { code: 1008, reason: 'signed out' });
    try {
      await stream.recheck({ ...stream.actor, principal });
    } catch (error) {
      if (!(error instanceof AppError) || error.status >= 500) throw error;
      end(place, { code: 1008, reason: 'no longer allowed' });
    }
  }

  function end(place: Place<Revocable>, why: Ending): void {
    const { member: stream } = place;
    if (streams.leave(place)) stream?.end(why);
  }

  /** One pass over all streams at a time; a change during one makes another. */
  async function askAll(): Promise<void> {
    again = running;
    if (running) return;
    running = true;
    do {
      again = false;
      const waiting = streams.places();
      const renewed = new Map<string, Promise<Principal | undefined>>();
      const worker = async () => {
        for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
          // What could not be asked stays for now: the grace of the pulse bounds for how long.
          await ask(place, renewed).catch((error: unknown) =>
            deps.logger.warn({ err: error }, 'rights of a stream could not be checked'),
          );
        }
      };
      await Promise.all(Array.from({ length: atOnce }, worker));
    } while (again);
    running = false;
    sweptAt = performance.now();
  }

  function changed(): void {
    deps.forget();
    void askAll();
  }

  async function pulse(): Promise<void> {
    const asked = performance.now();
    try {
      const epoch = await deps.epoch();
      confirmedAt = asked;
      const isNew = epoch !== seen;
      seen = epoch;
      if (isNew) changed();
      else if (performance.now() - sweptAt >= sweepMs) await askAll();
    } catch {
      // The listener and the pool report an outage; here it only matters how long it lasts.
      if (performance.now() - confirmedAt < graceMs) return;
      for (const place of streams.places()) end(place, { code: 1013, reason: 'rights cannot be checked' });
    }
  }

  const stopListening = deps.listen('quarterdeck_access', changed);
  const timer = setInterval(() => {
    if (isPulsing) return;
    isPulsing = true;
    void pulse().finally(() => {
      isPulsing = false;
    });
  }, pulseMs).unref();

  return {
    guard(stream) {
      const place = streams.enter(stream);
      return () => void streams.leave(place);
    },
    close() {
      stopListening();
      clearInterval(timer);
    },
    get guarded() {
      return streams.size;
    },
  };
}

/** Streams of one session or token are one question. */
function keyOf({ principal, ip }: Actor): string {
  return principal.kind === 'system' ? principal.name : `${principal.credential.id} ${ip ?? ''}`;
}
