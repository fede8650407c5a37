import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { Agent, createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { performance } from 'node:perf_hooks';
import type { Cluster } from '../control-plane/types.ts';
import type { AnswerFault, Ending } from './answer-faults.ts';

/** A request as it came by. */
export type Asked = {
  method: string;
  path: string;
  query: URLSearchParams;
  isWatch: boolean;
  /** Milliseconds that never go back. */
  at: number;
};

/** Which answers a fault is for; every one unless told. */
export type Where = (asked: Asked) => boolean;

/** The side that speaks TLS and HTTP: passes requests on, notes them, and answers some of them wrongly. */
export interface Answers {
  readonly port: number;
  /** Every request since the start, in the order they came. */
  readonly asked: readonly Asked[];
  /**
   * Answers by this fault from now on, or only `times` times; the newest rule that fits counts.
   * @returns how to end it
   */
  answer(fault: AnswerFault | (() => AnswerFault), where?: Where, times?: number): () => void;
  /** Ends all faults. */
  heal(): void;
  close(): Promise<void>;
}

type Rule = { fault: AnswerFault | (() => AnswerFault); where: Where; left: number };

/** Headers of one connection, which are not for the next. */
const perHop = new Set(['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'content-length']);

/** Terminates TLS with a certificate of the cluster's own authority, so that whoever trusts the cluster trusts this. */
export async function startAnswers(target: Pick<Cluster, 'server' | 'caPem' | 'authority'>): Promise<Answers> {
  const { certPem, keyPem } = await (await target.authority()).issueServer(['127.0.0.1', 'localhost']);
  const agent = new Agent({ ca: target.caPem, keepAlive: true });
  const asked: Asked[] = [];
  let rules: Rule[] = [];

  function faultOf(each: Asked): AnswerFault | undefined {
    const rule = rules.find(({ where, left }) => left > 0 && where(each));
    if (rule === undefined) return undefined;
    rule.left -= 1;
    return typeof rule.fault === 'function' ? rule.fault() : rule.fault;
  }

  function take(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const each = readAsked(incoming);
    asked.push(each);
    const fault = faultOf(each);
    outgoing.on('error', () => {});
    if (fault !== undefined && 'hang' in fault) return void incoming.resume();
    if (fault !== undefined && 'say' in fault) {
      incoming.resume();
      outgoing.writeHead(fault.say.status, fault.say.headers).end(fault.say.body);
      return;
    }
    passOn(incoming, outgoing, fault?.reshape ?? ((body) => body));
  }

  function passOn(
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    reshape: (body: AsyncIterable<Buffer>) => AsyncIterable<Buffer | Ending>,
  ): void {
    const url = new URL(incoming.url ?? '/', target.server);
    // As they came: a group each, where somebody is impersonated.
    const upstream = request(url, { method: incoming.method, headers: incoming.rawHeaders, agent });
    upstream.on('error', () => outgoing.destroy());
    outgoing.on('close', () => upstream.destroy());
    upstream.on('response', (response) => {
      response.on('error', () => outgoing.destroy());
      outgoing.writeHead(response.statusCode ?? 502, endToEnd(response.headers)).flushHeaders();
      write(reshape(response as AsyncIterable<Buffer>), outgoing).catch(() => outgoing.destroy());
    });
    incoming.on('error', () => upstream.destroy());
    incoming.pipe(upstream);
  }

  const server = createServer({ cert: certPem, key: keyPem }, take);
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    answer(fault, where = () => true, times = Number.POSITIVE_INFINITY) {
      const rule = { fault, where, left: times };
      rules = [rule, ...rules];
      return () => {
        rules = rules.filter((other) => other !== rule);
      };
    },
    heal() {
      rules = [];
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
      agent.destroy();
    },
  };
}

function readAsked(incoming: IncomingMessage): Asked {
  const url = new URL(incoming.url ?? '/', 'https://cluster');
  const watch = url.searchParams.get('watch');
  return {
    method: incoming.method ?? 'GET',
    path: url.pathname,
    query: url.searchParams,
    isWatch: watch === '1' || watch === 'true',
    at: performance.now(),
  };
}

function endToEnd(headers: IncomingMessage['headers']): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !perHop.has(name)));
}

/** Each chunk in a packet of its own, as far as the network lets it. */
async function write(body: AsyncIterable<Buffer | Ending>, outgoing: ServerResponse): Promise<void> {
  for await (const chunk of body) {
    if (chunk === 'hang') return;
    if (chunk === 'cut') return void outgoing.destroy();
    if (chunk.length === 0) continue;
    await new Promise<void>((resolve) => {
      outgoing.once('close', resolve);
      outgoing.write(chunk, () => {
        outgoing.off('close', resolve);
        resolve();
      });
    });
    if (outgoing.destroyed) return;
  }
  outgoing.end();
}
