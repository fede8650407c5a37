import { type LogRow, LogViewer } from '@quarterdeck/ui';
import { useEffect, useState } from 'react';

type Message =
  | { type: 'lines'; lines: LogRow[] }
  | { type: 'marker'; text: string; at: string }
  | { type: 'end'; reason: string };

const kept = 5000;
const protocol = 'quarterdeck.logs.v1';

/** Follows one pod: the last lines, then each as it is written. */
export function PodLogs({ clusterId, namespace, pod }: { clusterId: string; namespace: string; pod: string }) {
  const [rows, setRows] = useState<LogRow[]>([]);
  const [ended, setEnded] = useState<string | undefined>();
  useEffect(() => {
    setRows([]);
    setEnded(undefined);
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
    const path = `/api/v1/clusters/${clusterId}/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/logs/follow?tailLines=500`;
    const socket = new WebSocket(`${scheme}://${location.host}${path}`, protocol);
    socket.onmessage = (event) => {
      const message = JSON.parse(String(event.data)) as Message;
      if (message.type === 'lines') setRows((before) => [...before, ...message.lines].slice(-kept));
      if (message.type === 'end') setEnded(message.reason);
    };
    socket.onclose = () => setEnded((reason) => reason ?? 'The connection ended. Open the logs again to go on.');
    return () => {
      socket.onclose = null;
      socket.close();
    };
  }, [clusterId, namespace, pod]);
  return (
    <section className="stack">
      <h3>Logs of {pod}</h3>
      <LogViewer rows={rows} ended={ended} />
    </section>
  );
}
