import { createServer } from 'node:http';
import type { Duplex } from 'node:stream';
import { at, type KubeObject, listOf } from '../objects/types.ts';

/** What a pod's server says to a GET; `undefined` where none of its containers has the port. */
export function answerOfPod(pod: KubeObject, port: number, path: string): { status: number; body: string } | undefined {
  const container = listOf(at(pod, 'spec', 'containers')).find(({ ports }) =>
    listOf(ports).some(({ containerPort }) => containerPort === port),
  );
  if (container === undefined) return undefined;
  const isReady = listOf(at(pod, 'status', 'conditions')).some(
    ({ type, status }) => type === 'Ready' && status === 'True',
  );
  if (/^\/(healthz|livez|readyz|health|ready)\b/.test(path))
    return isReady ? { status: 200, body: 'ok\n' } : { status: 503, body: 'not ready\n' };
  const { name, namespace } = pod.metadata;
  const about = { pod: name, namespace, container: container.name, image: container.image, port, path };
  return { status: 200, body: `${JSON.stringify(about)}\n` };
}

/** Speaks HTTP for one port of a pod on a connection; the pod is looked up anew for each request. */
export function servePodPort(connection: Duplex, port: number, pod: () => KubeObject | undefined): void {
  const server = createServer((request, response) => {
    const found = pod();
    const answer = found === undefined ? undefined : answerOfPod(found, port, request.url ?? '/');
    if (answer === undefined) {
      connection.destroy();
      return;
    }
    const type = answer.body.startsWith('{') ? 'application/json' : 'text/plain';
    const headers = { 'content-type': type, 'content-length': Buffer.byteLength(answer.body) };
    response.writeHead(answer.status, headers).end(answer.body);
  });
  server.emit('connection', connection);
}
