import { Popover } from '@quarterdeck/ui';
import { IconChevronDown } from '@tabler/icons-react';
import { useState } from 'react';
import { findKinds, type InventoryKind } from '../../platform/kinds.ts';
import { t } from './inventory.messages.ts';

/** Rows of the list; more are found by typing. */
const listed = 60;

/** Any kind that the fleet serves, found by typing a part of its name or group. */
export function KindPicker(props: {
  kinds: readonly InventoryKind[];
  kind: InventoryKind;
  onPick: (kind: InventoryKind) => void;
}) {
  const [typed, setTyped] = useState('');
  const found = findKinds(props.kinds, typed);
  return (
    <Popover
      label={t.kinds}
      className="button"
      onOpenChange={() => setTyped('')}
      button={
        <>
          <span className="visually-hidden">{t.kind}: </span>
          {props.kind.kind}
          <IconChevronDown size={14} aria-hidden="true" />
        </>
      }
    >
      {(close) => (
        <form
          className="stack tight"
          onSubmit={(event) => {
            event.preventDefault();
            const [first] = found;
            if (first === undefined) return;
            close();
            props.onPick(first);
          }}
        >
          <input
            aria-label={t.findKind}
            placeholder={t.findKind}
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
          />
          <ul className="options kinds" aria-label={t.kinds}>
            {found.slice(0, listed).map((kind) => (
              <li key={`${kind.plural}.${kind.group}`}>
                <button
                  type="button"
                  className="option"
                  aria-current={kind === props.kind}
                  onClick={() => {
                    close();
                    props.onPick(kind);
                  }}
                >
                  <span>{kind.kind}</span>
                  <span className="muted">{kind.group === 'core' ? '' : kind.group}</span>
                  <span className="muted grow end">{kind.count.toLocaleString()}</span>
                </button>
              </li>
            ))}
          </ul>
          {found.length === 0 ? <p className="muted">{t.noKind(typed)}</p> : null}
          {found.length > listed ? <p className="muted">{t.moreKinds(found.length - listed)}</p> : null}
        </form>
      )}
    </Popover>
  );
}
