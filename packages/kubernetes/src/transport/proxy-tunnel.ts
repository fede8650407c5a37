import { request } from 'node:http';
import { isIPv6, type Socket } from 'node:net';
import { ClusterError } from './cluster-client.ts';

/**
 * A socket to the target through an HTTP proxy (`CONNECT`). The proxy is one the operator listed, so its own address
 * is not judged; TLS with the cluster runs inside the tunnel, and the proxy sees host and port only.
 * @throws ClusterError `cluster_unreachable`
 */
export function openTunnel(
  proxyUrl: string,
  target: { host: string; port: number },
  timeoutMs: number,
): Promise<Socket> {
  const proxy = new URL(proxyUrl);
  const host = isIPv6(target.host) ? `[${target.host}]` : target.host;
  const authority = `${host}:${target.port}`;
  return new Promise((resolve, reject) => {
    const refuse = (why: string, cause?: unknown) =>
      reject(
        new ClusterError('cluster_unreachable', `${authority} cannot be reached: the proxy ${proxy.host} ${why}.`, {
          cause,
        }),
      );
    const asked = request({
      host: proxy.hostname.replace(/^\[(.*)\]$/, '$1'),
      port: proxy.port === '' ? 80 : Number(proxy.port),
      method: 'CONNECT',
      path: authority,
      headers: { host: authority },
      agent: false,
      timeout: timeoutMs,
    });
    asked.once('connect', (answer, socket: Socket, head) => {
      if (answer.statusCode === 200 && head.length === 0) return resolve(socket.setTimeout(0));
      socket.destroy();
      refuse(`answered ${answer.statusCode}`);
    });
    asked.once('response', (answer) => {
      answer.destroy();
      refuse(`answered ${answer.statusCode}`);
    });
    asked.once('timeout', () => asked.destroy(new Error('timeout')));
    asked.once('error', (error) => refuse('does not answer', error));
    asked.end();
  });
}
