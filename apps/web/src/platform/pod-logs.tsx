import type { LogSourcesTold } from '@quarterdeck/contracts/workload-logs';
import { type LogRow, LogViewer } from '@quarterdeck/ui';
import { useEffect, useMemo, useState } from 'react';
import { followLog, type LogAddress, type LogSource } from './follow-log.ts';
import { createLogLabels } from './log-labels.ts';
import { reach } from './milestones.ts';
import { t } from './platform.messages.ts';

const kept = 5000;
/** Lines come in bursts from several pods; they are put in order and shown together. */
const gatherMs = 150;

/**
 * Lines of several pods in the order of their times: one that came late takes its place. What has no time stays after
 * the line of its source before it.
 */
export function inOrder(rows: readonly LogRow[]): LogRow[] {
  const last = new Map<string, string>();
  return rows
    .map((row) => {
      const source = row.source?.name ?? '';
      const before = last.get(source) ?? '';
      const at = row.at === undefined || row.at < before ? before : row.at;
      last.set(source, at);
      return { row, at };
    })
    .toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
    .map(({ row }) => row);
}

/** What a viewer of logs shows. */
export type Logs = {
  rows: readonly LogRow[];
  /** Why it is followed no longer, in a sentence. */
  ended: string | undefined;
  /** Where it makes sense: opens it anew. */
  onRetry: (() => void) | undefined;
  /** Of a workload: what is read, and what is missing. */
  told: LogSourcesTold | undefined;
};

/** Follows a pod, or the pods of a workload: the last lines, then each as it is written. */
export function useLogs(of: LogAddress): Logs {
  const [rows, setRows] = useState<readonly LogRow[]>([]);
  const [ending, setEnding] = useState<{ text: string; again: boolean } | undefined>();
  const [told, setTold] = useState<LogSourcesTold | undefined>();
  const [round, setRound] = useState(1);
  const key = JSON.stringify({ round, of });
  useEffect(() => {
    const asked = (JSON.parse(key) as { of: LogAddress }).of;
    const isOne = 'pod' in asked;
    const labels = createLogLabels();
    let gathered: LogRow[] = [];
    setRows([]);
    setEnding(undefined);
    setTold(undefined);
    const timer = setInterval(() => {
      if (gathered.length === 0) return;
      const fresh = gathered;
      gathered = [];
      setRows((before) => (isOne ? [...before, ...fresh] : inOrder([...before, ...fresh])).slice(-kept));
    }, gatherMs);
    const stop = followLog(asked, {
      lines(lines) {
        for (const { at, text, source } of lines) gathered.push({ at, text, ...labels.of(source) });
        reach('read-logs');
      },
      marker: ({ at, text, source }) => void gathered.push({ at, text, note: true, ...labels.of(source) }),
      sources(next) {
        labels.learn(next.sources);
        setTold(next);
      },
      ended: setEnding,
    });
    return () => {
      clearInterval(timer);
      stop();
    };
  }, [key]);
  return {
    rows,
    ended: ending?.text,
    onRetry: ending?.again === true ? () => setRound(round + 1) : undefined,
    told,
  };
}

/** The log of one pod. */
export function PodLogs({ clusterId, namespace, pod }: LogSource) {
  const source = useMemo(() => ({ clusterId, namespace, pod }), [clusterId, namespace, pod]);
  const { told: _, ...logs } = useLogs(source);
  return (
    <section className="stack">
      <h3>{t.logsOf(pod)}</h3>
      <LogViewer {...logs} fileName={pod} />
    </section>
  );
}
