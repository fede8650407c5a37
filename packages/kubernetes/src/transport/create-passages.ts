import type { Duplex } from 'node:stream';
import type { Dispatcher } from 'undici';
import { ClusterError, type Identity } from './cluster-client.ts';
import { causeCode, toClusterError } from './failures.ts';
import { identityHeaders } from './identity-headers.ts';
import { type AnswerSink, type Passage, passOn, passUpgrade, type UpgradeAnswer } from './passage.ts';

/** How long a cluster may take, ms; what is left out has no end. */
export type PassageTimes = { firstByteMs?: number; totalMs?: number };

export type PassageRequest = Omit<Passage, 'headers'> & {
  /** Headers of the caller that were chosen to go on. */
  headers: Readonly<Record<string, string>>;
  identity: Identity;
  signal: AbortSignal;
  times: PassageTimes;
};

/** Requests of others, passed on as they are: what the cluster proxy is made of. */
export interface Passages {
  /**
   * `endless`: a watch or a followed log, on a connection of its own beside the pool.
   * @throws ClusterError, IdentityRefusedError; after the first byte the sink is left as it is
   */
  forward(request: PassageRequest, sink: AnswerSink, options: { endless: boolean }): Promise<void>;
  /** The socket is the caller's to destroy. */
  upgrade(request: Omit<PassageRequest, 'method' | 'body'>, protocols: readonly string[]): Promise<UpgradeAnswer>;
}

type Place = {
  dispatcher: Dispatcher;
  leave: () => void;
  /** The reader is slower than the cluster: makes room for others and counts as a stream from now on. */
  stepAside(): void;
};

/** What the client of a cluster lends: its lanes, its breaker, its credential. */
export type PassagePorts = {
  host: string;
  prefix: string;
  credentialHeaders: Readonly<Record<string, string>>;
  /** A place in the queue and a connection. @throws ClusterError when there is none, or the breaker is open */
  enter(lane: 'interactive' | 'stream', signal: AbortSignal): Promise<Place>;
  answered(): void;
  failed(error: ClusterError): void;
};

export function createPassages(ports: PassagePorts): Passages & { destroyTunnels(): void } {
  const { host } = ports;
  const tunnels = new Set<Duplex>();

  function wire(request: Omit<PassageRequest, 'method' | 'body'>): Pick<Passage, 'path' | 'headers'> {
    return {
      path: `${ports.prefix}${request.path}`,
      headers: { ...request.headers, ...ports.credentialHeaders, ...identityHeaders(request.identity) },
    };
  }

  /** One exchange in a lane: its place, its time limits, its failures in the words of a cluster's client. */
  async function within<T>(
    { signal, times }: Pick<PassageRequest, 'signal' | 'times'>,
    lane: 'interactive' | 'stream',
    work: (place: Place, clock: Clock) => Promise<T>,
  ): Promise<T> {
    const clock = startClock(signal, times, host);
    let place: Place | undefined;
    try {
      place = await ports.enter(lane, clock.signal);
      return await work(place, clock);
    } catch (error) {
      const failure = toClusterError(error, host);
      if (place !== undefined && !clock.hasBegun()) ports.failed(failure);
      place?.leave();
      throw failure;
    } finally {
      clock.stop();
    }
  }

  return {
    async forward(request, sink, { endless }) {
      const passage = { ...wire(request), method: request.method, body: request.body };
      await within(request, endless ? 'stream' : 'interactive', async ({ dispatcher, leave, stepAside }, clock) => {
        const options = { host, signal: clock.signal };
        const counted: AnswerSink = {
          begin(status, headers, resume) {
            clock.begin();
            ports.answered();
            sink.begin(status, headers, resume);
          },
          write(pieces) {
            const goesOn = sink.write(pieces);
            if (!goesOn) stepAside();
            return goesOn;
          },
          end: (last) => sink.end(last),
        };
        await passOn(dispatcher, passage, counted, options).catch((error: unknown) => {
          // A kept-alive connection that the server closed meanwhile; reading again changes nothing there.
          const isStale = ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'].includes(causeCode(error));
          if (request.method !== 'GET' || clock.hasBegun() || !isStale || clock.signal.aborted) throw error;
          return passOn(dispatcher, passage, counted, options);
        });
        leave();
      });
    },

    async upgrade(request, protocols) {
      const passage = wire(request);
      return within(request, 'stream', async ({ dispatcher, leave }, clock) => {
        const answer = await passUpgrade(dispatcher, passage, protocols, { host, signal: clock.signal });
        ports.answered();
        if (answer.kind === 'refused') {
          leave();
          return answer;
        }
        tunnels.add(answer.socket);
        answer.socket.once('close', () => {
          tunnels.delete(answer.socket);
          leave();
        });
        return answer;
      });
    },

    destroyTunnels() {
      for (const socket of tunnels) socket.destroy();
    },
  };
}

type Clock = ReturnType<typeof startClock>;

/** The caller's signal with the time limits beside it. */
function startClock(caller: AbortSignal, { firstByteMs, totalMs }: PassageTimes, host: string) {
  const controller = new AbortController();
  const late = (limitMs: number, what: string) => () =>
    controller.abort(new ClusterError('cluster_timeout', `${host} did not ${what} within ${limitMs / 1000} s.`));
  const startedAt = performance.now();
  let begun = false;
  let timer = firstByteMs === undefined ? undefined : setTimeout(late(firstByteMs, 'answer'), firstByteMs);
  const onAbort = () => controller.abort(new ClusterError('aborted', 'The request was given up.'));
  if (caller.aborted) onAbort();
  caller.addEventListener('abort', onAbort);
  return {
    signal: controller.signal,
    hasBegun: () => begun,
    /** The first byte came: now only the whole has a limit. */
    begin() {
      begun = true;
      clearTimeout(timer);
      if (totalMs === undefined) return;
      timer = setTimeout(late(totalMs, 'finish'), Math.max(0, totalMs - (performance.now() - startedAt)));
    },
    stop() {
      clearTimeout(timer);
      caller.removeEventListener('abort', onAbort);
    },
  };
}
