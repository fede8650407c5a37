import type { ServerResponse } from 'node:http';
import type { KubeObject } from '../objects/types.ts';
import { containerLife, logLines } from './logs.ts';

/** Answers `pods/{name}/log`. Returns what ends a followed log. */
export function sendLog(
  options: { seed: string; pod: KubeObject; query: URLSearchParams; now: () => Date },
  response: ServerResponse,
): () => void {
  const { seed, pod, query } = options;
  const life = containerLife(pod, query.get('container'), query.get('previous') === 'true');
  const now = () => options.now().getTime();
  const withTime = query.get('timestamps') === 'true';
  const since = query.get('sinceTime');
  const seconds = Number(query.get('sinceSeconds') ?? 0);
  const floor = since !== null ? Date.parse(since) : seconds > 0 ? now() - seconds * 1000 : 0;
  const tail = query.get('tailLines');
  const count = tail === null ? undefined : Number(tail);
  let toMs = life.toMs ?? now();
  const write = (line: { at: number; text: string }) =>
    response.write(`${withTime ? `${new Date(line.at).toISOString().replace('Z', '000000Z')} ` : ''}${line.text}\n`);

  response.writeHead(200, { 'content-type': 'text/plain' });
  response.flushHeaders();
  const window = { fromMs: Math.max(life.fromMs, floor), toMs, ...(count === undefined ? {} : { tail: count }) };
  const lines = logLines(seed, pod, window);
  if (life.ending !== undefined && life.toMs !== undefined) lines.push({ at: life.toMs, text: life.ending });
  for (const line of count === undefined ? lines : count === 0 ? [] : lines.slice(-count)) write(line);
  if (query.get('follow') !== 'true' || life.toMs !== undefined) {
    response.end();
    return () => {};
  }
  const ticker = setInterval(() => {
    const next = now();
    for (const line of logLines(seed, pod, { fromMs: toMs, toMs: next })) write(line);
    toMs = next;
  }, 1000);
  const stop = () => clearInterval(ticker);
  response.on('close', stop);
  return () => {
    stop();
    response.end();
  };
}
