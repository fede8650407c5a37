import { type LogRow, LogViewer } from '@quarterdeck/ui';
import { useEffect, useMemo, useState } from 'react';
import { reach } from './milestones.ts';
import { t } from './platform.messages.ts';

type Message =
  | { type: 'lines'; lines: LogRow[] }
  | { type: 'marker'; text: string; at: string }
  | { type: 'end'; reason: string };

export type LogSource = { clusterId: string; cluster?: string; namespace: string; pod: string };

const kept = 5000;
const tailLines = 500;
const protocol = 'quarterdeck.logs.v1';
/** Lines come in bursts from several pods; they are put in order and shown together. */
const gatherMs = 150;

/** Lines of several pods in the order of their times; what has no time stays after the line before it. */
export function inOrder(rows: readonly LogRow[]): LogRow[] {
  let last = '';
  return rows
    .map((row) => {
      last = row.at ?? last;
      return { row, at: last };
    })
    .toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
    .map(({ row }) => row);
}

/** Follows pods: the last lines, then each as it is written. With several, each line says whose it is. */
export function useLogs(sources: readonly LogSource[]): { rows: readonly LogRow[]; ended: string | undefined } {
  const [rows, setRows] = useState<LogRow[]>([]);
  const [ended, setEnded] = useState<readonly string[]>([]);
  const key = JSON.stringify(sources);
  useEffect(() => {
    const asked = JSON.parse(key) as LogSource[];
    const several = asked.length > 1;
    let gathered: LogRow[] = [];
    setRows([]);
    setEnded([]);
    const timer = setInterval(() => {
      if (gathered.length === 0) return;
      const fresh = gathered;
      gathered = [];
      setRows((before) => (several ? inOrder([...before, ...fresh]) : [...before, ...fresh]).slice(-kept));
    }, gatherMs);
    const sockets = asked.map(({ clusterId, cluster, namespace, pod }) => {
      const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
      const path = `/api/v1/clusters/${clusterId}/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/logs/follow?tailLines=${tailLines}`;
      const socket = new WebSocket(`${scheme}://${location.host}${path}`, protocol);
      const source = several ? `${cluster ?? ''} ${pod}` : undefined;
      let said = false;
      const end = (reason: string) => {
        if (said) return;
        said = true;
        setEnded((before) => [...before, several ? `${cluster ?? ''} ${pod}: ${reason}` : reason]);
      };
      socket.onmessage = (event) => {
        const message = JSON.parse(String(event.data)) as Message;
        if (message.type === 'lines') {
          gathered.push(...message.lines.map((line) => ({ ...line, ...(source === undefined ? {} : { source }) })));
          reach('read-logs');
        }
        if (message.type === 'end') end(message.reason);
      };
      socket.onclose = () => end(t.logsCut);
      return socket;
    });
    return () => {
      clearInterval(timer);
      for (const socket of sockets) {
        socket.onclose = null;
        socket.close();
      }
    };
  }, [key]);
  return { rows, ended: ended.length === 0 ? undefined : ended.join('\n') };
}

/** The log of one pod. */
export function PodLogs({ clusterId, namespace, pod }: LogSource) {
  const sources = useMemo(() => [{ clusterId, namespace, pod }], [clusterId, namespace, pod]);
  const logs = useLogs(sources);
  return (
    <section className="stack">
      <h3>{t.logsOf(pod)}</h3>
      <LogViewer {...logs} />
    </section>
  );
}
