import { ActionButton } from '@quarterdeck/ui';
import { t } from './access.messages.ts';

/** Moves one of a list a place up or down; `onMove` gets the whole list in its new order. */
export function MoveButtons(props: {
  ids: readonly string[];
  id: string;
  name: string;
  reason: string | undefined;
  pending: boolean;
  onMove: (ids: string[]) => void;
}) {
  const { ids, id, name, reason, pending, onMove } = props;
  const at = ids.indexOf(id);
  function move(by: 1 | -1): void {
    const without = ids.filter((other) => other !== id);
    onMove(without.toSpliced(at + by, 0, id));
  }
  return (
    <span className="row">
      <ActionButton
        small
        reason={reason ?? (at === 0 ? t.isFirst : undefined)}
        pending={pending}
        onClick={() => move(-1)}
      >
        <span className="visually-hidden">{t.moveUp(name)}</span>
        <span aria-hidden="true">↑</span>
      </ActionButton>
      <ActionButton
        small
        reason={reason ?? (at === ids.length - 1 ? t.isLast : undefined)}
        pending={pending}
        onClick={() => move(1)}
      >
        <span className="visually-hidden">{t.moveDown(name)}</span>
        <span aria-hidden="true">↓</span>
      </ActionButton>
    </span>
  );
}
