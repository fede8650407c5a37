import { AgeText, Popover, StatusDot, Toasts } from '@quarterdeck/ui';
import { IconBell } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useEffect, useState, useSyncExternalStore } from 'react';
import type { Notice, Notices } from '../platform/notices.ts';
import { t } from './shell.messages.ts';

const successMs = 6000;
const shownAtOnce = 3;

/** What ended in the last seven days; opening it counts as having seen it. */
export function Bell({ notices }: { notices: Notices }) {
  const all = useSyncExternalStore(notices.subscribe, notices.all);
  const unseen = all.filter((notice) => !notice.seen).length;
  return (
    <Popover
      label={t.bell}
      align="end"
      title={t.bell}
      className="icon-button"
      onOpenChange={(open) => {
        if (!open) notices.markSeen();
      }}
      button={
        <>
          <IconBell size={18} aria-hidden="true" />
          <span className="visually-hidden">
            {t.bell} {unseen === 0 ? '' : t.unseen(unseen)}
          </span>
          {unseen === 0 ? null : (
            <span className="dot-count" aria-hidden="true">
              {unseen}
            </span>
          )}
        </>
      }
    >
      {(close) =>
        all.length === 0 ? (
          <p className="muted">{t.noNotices}</p>
        ) : (
          <ul className="plain-list notices">
            {all.map((notice) => (
              <li key={notice.id}>
                <StatusDot status={notice.kind === 'success' ? 'healthy' : 'failed'}>
                  <Link to={notice.to} onClick={close}>
                    {notice.text}
                  </Link>
                </StatusDot>
                <span className="muted">
                  <AgeText at={notice.at} />
                </span>
              </li>
            ))}
          </ul>
        )
      }
    </Popover>
  );
}

/** Notices made while this page is open: success goes by itself, errors stay until closed; three at most. */
export function NoticeToasts({ notices }: { notices: Notices }) {
  const all = useSyncExternalStore(notices.subscribe, notices.all);
  const [since] = useState(() => new Date().toISOString());
  const [closed, setClosed] = useState<readonly string[]>([]);
  const close = (id: string) => setClosed((before) => [...before, id]);
  const shown = all
    .filter((notice) => notice.at >= since && !notice.seen && !closed.includes(notice.id))
    .slice(0, shownAtOnce);
  const leaving = shown.find((notice) => notice.kind === 'success')?.id;
  useEffect(() => {
    if (leaving === undefined) return;
    const timer = setTimeout(() => close(leaving), successMs);
    return () => clearTimeout(timer);
  });
  return <Toasts toasts={shown.map((notice) => ({ ...notice, text: <ToastText {...notice} /> }))} onClose={close} />;
}

function ToastText({ text, to }: Pick<Notice, 'text' | 'to'>) {
  return <Link to={to}>{text}</Link>;
}
