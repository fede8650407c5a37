import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export type SourceOptions = {
  clusters: number;
  /** In each cluster. */
  pods: number;
  configMaps: number;
  /** HTTP/2 besides HTTP/1.1. */
  speaksHttp2?: boolean;
  /** No streamed lists: pages alone. */
  pagesOnly?: boolean;
  /** The first continuation at or past this place has expired. */
  expiresAt?: number;
};
export type ToSource = 'usage' | 'forget' | 'stop';
export type SourceUsage = {
  cpuSeconds: number;
  /** When each collection was first listed, ms since 1970, by path. */
  askedAt: Record<string, number>;
};

/** API servers for a bench, in a process of their own: what they cost is told apart. */
export type ClusterSource = {
  servers: string[];
  caPem: string;
  usage(): Promise<SourceUsage>;
  stop(): void;
};

export async function startSource(options: SourceOptions): Promise<ClusterSource> {
  const child = fork(fileURLToPath(new URL('./cluster-source.process.ts', import.meta.url)), [JSON.stringify(options)]);
  const ready = once(child, 'message');
  const [started] = (await Promise.race([
    ready,
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`the source ended with ${code}`))),
  ])) as [Pick<ClusterSource, 'servers' | 'caPem'>];
  return {
    ...started,
    async usage() {
      const answered = once(child, 'message');
      child.send('usage' satisfies ToSource);
      return (await answered)[0] as SourceUsage;
    },
    stop: () => void child.send('stop' satisfies ToSource),
  };
}
