import { getRelease } from '@quarterdeck/contracts/releases';
import { AgeText, Popover, StatusDot } from '@quarterdeck/ui';
import { IconListCheck } from '@tabler/icons-react';
import { useQueries } from '@tanstack/react-query';
import { Link, useRouterState } from '@tanstack/react-router';
import { useEffect } from 'react';
import { api, problemOf } from '../platform/api.ts';
import type { Notices } from '../platform/notices.ts';
import { hasEnded, releaseStatus } from '../platform/release-status.ts';
import { endTask, useTasks } from '../platform/tasks.ts';
import { t } from './shell.messages.ts';

const pollMs = 2000;

/** Own work that runs: progress here, a word when it ended while one was elsewhere. */
export function TaskTray({ notices }: { notices: Notices }) {
  const tasks = useTasks();
  const path = useRouterState({ select: (state) => state.location.pathname });
  const queries = useQueries({
    queries: tasks.map((task) => ({
      queryKey: ['releases', 'task', task.id],
      queryFn: ({ signal }: { signal: AbortSignal }) => api.call(getRelease, { params: { id: task.id } }, { signal }),
      refetchInterval: pollMs,
    })),
  });
  const running = tasks.map((task, index) => ({ task, query: queries[index] }));
  useEffect(() => {
    for (const { task, query } of running) {
      const release = query?.data;
      if (query?.isError === true && problemOf(query.error).code === 'not_found') endTask(task.id);
      if (release === undefined || !hasEnded(release)) continue;
      const { status, word } = releaseStatus(release);
      endTask(task.id);
      notices.add({
        kind: status === 'healthy' ? 'success' : 'error',
        text: t.ended(task.title, word),
        to: task.to,
        seen: decodeURIComponent(path) === task.to,
      });
    }
  });
  if (tasks.length === 0) return null;
  return (
    <Popover
      label={t.tasks}
      align="end"
      title={t.tasks}
      className="chip-button"
      button={
        <>
          <IconListCheck size={18} aria-hidden="true" />
          <span>{t.running(tasks.length)}</span>
        </>
      }
    >
      {(close) => (
        <ul className="plain-list notices">
          {running.map(({ task, query }) => (
            <li key={task.id}>
              <Link to={task.to} onClick={close}>
                {task.title}
              </Link>
              {query?.data === undefined ? null : (
                <StatusDot status={releaseStatus(query.data).status}>
                  {query.data.healthyCount}/{query.data.targetCount}
                </StatusDot>
              )}
              <span className="muted">
                <AgeText at={task.startedAt} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </Popover>
  );
}
