import { type LogRow, LogViewer } from '@quarterdeck/ui';
import { useEffect, useMemo, useState } from 'react';
import { followLog, type LogSource } from './follow-log.ts';
import { reach } from './milestones.ts';
import { t } from './platform.messages.ts';

const kept = 5000;
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

/** What a viewer of logs shows. */
export type Logs = {
  rows: readonly LogRow[];
  /** Why pods are followed no longer, a sentence each. */
  ended: readonly string[];
  /** None of them is followed any more. */
  isOver: boolean;
  /** Where it makes sense: opens all of them anew. */
  onRetry: (() => void) | undefined;
};

/** Follows pods: the last lines, then each as it is written. With several, each line says whose it is. */
export function useLogs(sources: readonly LogSource[]): Logs {
  const [rows, setRows] = useState<LogRow[]>([]);
  const [ended, setEnded] = useState<readonly string[]>([]);
  const [canRetry, setCanRetry] = useState(false);
  const [round, setRound] = useState(1);
  const key = JSON.stringify({ round, sources });
  useEffect(() => {
    const asked = (JSON.parse(key) as { sources: LogSource[] }).sources;
    const several = asked.length > 1;
    let gathered: LogRow[] = [];
    setRows([]);
    setEnded([]);
    setCanRetry(false);
    const timer = setInterval(() => {
      if (gathered.length === 0) return;
      const fresh = gathered;
      gathered = [];
      setRows((before) => (several ? inOrder([...before, ...fresh]) : [...before, ...fresh]).slice(-kept));
    }, gatherMs);
    const stops = asked.map((one) => {
      const name = `${one.cluster ?? ''} ${one.pod}`;
      const source = several ? { source: name } : {};
      return followLog(one, {
        lines(lines) {
          gathered.push(...lines.map((line) => ({ ...line, ...source })));
          reach('read-logs');
        },
        marker: (text, at) => void gathered.push({ at, text, note: true, ...source }),
        ended({ text, again }) {
          setEnded((before) => [...before, several ? `${name}: ${text}` : text]);
          setCanRetry((before) => before || again);
        },
      });
    });
    return () => {
      clearInterval(timer);
      for (const stop of stops) stop();
    };
  }, [key]);
  const isOver = sources.length > 0 && ended.length === sources.length;
  return { rows, ended, isOver, onRetry: canRetry ? () => setRound(round + 1) : undefined };
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
