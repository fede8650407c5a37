import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { badRequest, notFound } from '../objects/api-error.ts';
import { containerOf, containerStatusOf } from '../objects/pod-containers.ts';
import type { ObjectStore } from '../objects/store.ts';
import { at, type Json, type KubeObject, textOf } from '../objects/types.ts';
import { known } from '../objects/well-known.ts';
import { logLines } from '../server/logs.ts';
import { type Containers, type ContainersDeps, createContainers, type Opened } from './containers.ts';
import { answerOfPod, servePodPort } from './pod-http.ts';
import { connect, forwardPorts, type OpenPort, portsOf } from './port-forward.ts';
import { followOutput, runCommand, wantedBy } from './remote-command.ts';
import { serveTunnel } from './spdy-tunnel.ts';

/** Where the streams of a pod begin: below the pod's own path. */
export type StreamPlace = { namespace: string | undefined; name: string; sub: 'exec' | 'attach' | 'portforward' };

/** Answers exec, attach and port-forward over WebSockets. */
export interface PodStreams {
  /**
   * Takes the connection over.
   * @throws ApiError while it is still HTTP: no such pod or container, nothing that we speak
   */
  accept(place: StreamPlace, query: URLSearchParams, request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Breaks all that are open. */
  cut(): void;
  close(): void;
}

type Serve = (socket: WebSocket, protocol: string) => Promise<void>;

const tunnel = 'SPDY/3.1+portforward.k8s.io';
const spoken = {
  exec: ['v5.channel.k8s.io', 'v4.channel.k8s.io'],
  attach: ['v5.channel.k8s.io', 'v4.channel.k8s.io'],
  portforward: [tunnel, 'v4.channel.k8s.io'],
};
const largestMessage = 8 * 2 ** 20;

export function createPodStreams(deps: ContainersDeps & { seed: string }): PodStreams {
  const { store, now } = deps;
  const containers = createContainers(deps);
  const open = new Set<WebSocket>();
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: largestMessage });

  const chosen = new WeakMap<IncomingMessage, string>();
  sockets.on('headers', (headers, request) => headers.push(`Sec-WebSocket-Protocol: ${chosen.get(request)}`));

  function live({ namespace, name }: StreamPlace): KubeObject | undefined {
    return store.get(known.pods, namespace, name);
  }

  function serve(place: StreamPlace, query: URLSearchParams, pod: KubeObject): Serve {
    if (place.sub === 'portforward') {
      const openPort: OpenPort = (port) => connectTo(store, place, port);
      const ports = query.has('ports') ? portsOf(query) : [];
      return (socket, protocol) =>
        protocol === tunnel ? serveTunnel(socket, openPort) : forwardPorts(socket, ports, openPort);
    }
    const spec = containerOf(pod, query.get('container'));
    const inside = () => opened(containers, live(place), spec);
    const wanted = wantedBy(query);
    if (place.sub === 'exec') {
      const command = query.getAll('command');
      return (socket, protocol) => runCommand({ socket, protocol }, command, wanted, inside);
    }
    // What was started with a terminal is a shell; all others only write.
    if (spec.stdin === true && spec.tty === true)
      return (socket, protocol) => runCommand({ socket, protocol }, ['sh'], wanted, inside);
    const linesSince = (fromMs: number, toMs: number) =>
      logLines(deps.seed, live(place) ?? pod, { fromMs, toMs }).map(({ text }) => `${text}\n`);
    return (socket) => followOutput(socket, wanted, { inside, linesSince, now: () => now().getTime() });
  }

  return {
    accept(place, query, request, socket, head) {
      const pod = live(place);
      if (pod === undefined) throw notFound(known.pods, place.name);
      const asked = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((each) => each.trim());
      const protocol = spoken[place.sub].find((each) => asked.includes(each));
      if (request.headers.upgrade?.toLowerCase() !== 'websocket' || protocol === undefined)
        throw badRequest(`unable to upgrade: one of the protocols ${spoken[place.sub].join(', ')} is needed`);
      if (at(pod, 'spec', 'nodeName') === undefined)
        throw badRequest(`pod ${place.name} does not have a host assigned`);
      if (protocol !== tunnel && place.sub === 'portforward') portsOf(query);
      const work = serve(place, query, pod);
      // The name of kubectl's tunnel has a slash, which ws takes for none: the header is ours to read and to answer.
      delete request.headers['sec-websocket-protocol'];
      chosen.set(request, protocol);
      sockets.handleUpgrade(request, socket, head, (accepted) => {
        open.add(accepted);
        accepted.once('close', () => open.delete(accepted));
        work(accepted, protocol).catch(() => accepted.terminate());
      });
    },
    cut() {
      for (const socket of open) socket.terminate();
    },
    close() {
      for (const socket of open) socket.terminate();
      sockets.close();
      containers.close();
    },
  };
}

/** The inside of a container that runs; a text says why there is none. */
function opened(containers: Containers, pod: KubeObject | undefined, spec: Json): Opened | string {
  const name = textOf(spec.name);
  const status = pod === undefined ? undefined : containerStatusOf(pod, name);
  if (pod === undefined || at(status, 'state', 'running') === undefined)
    return `unable to upgrade connection: container not found ("${name}")`;
  return containers.open(pod, spec);
}

function connectTo(store: ObjectStore, { namespace, name }: StreamPlace, port: number): Duplex | string {
  const pod = () => store.get(known.pods, namespace, name);
  const found = pod();
  if (found === undefined || answerOfPod(found, port, '/') === undefined)
    return `error forwarding port ${port} to pod ${name}_${namespace}, uid ${found?.metadata.uid ?? ''}: failed to connect to localhost:${port} inside the pod: dial tcp4 127.0.0.1:${port}: connect: connection refused`;
  return connect((other) => servePodPort(other, port, pod));
}
