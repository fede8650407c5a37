import type { SubjectView } from '@quarterdeck/contracts';
import { IconRobot, IconUser, IconUsersGroup } from '@tabler/icons-react';
import { t } from './access.messages.ts';

const icons = { user: IconUser, group: IconUsersGroup, service_account: IconRobot } as const;

/** What to call an account or group. */
export function nameOf(subject: SubjectView): string {
  return subject.displayName ?? subject.name ?? `${subject.id} (${t.gone})`;
}

/** A person, a group or a service account, told apart by icon and word. */
export function SubjectName({ subject }: { subject: SubjectView }) {
  const Icon = icons[subject.kind];
  const kind = t.subjectKinds[subject.kind];
  const second = subject.name !== undefined && subject.name !== subject.displayName ? subject.name : kind;
  return (
    <span className="row" title={kind}>
      <Icon size={16} aria-label={kind} />
      <strong>{nameOf(subject)}</strong>
      <span className="muted">{second}</span>
      {subject.disabled ? <span className="badge warn">{t.disabled}</span> : null}
    </span>
  );
}
