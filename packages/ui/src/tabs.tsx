import { type KeyboardEvent, useId } from 'react';

export type Tab = { key: string; title: string; count?: number | undefined };

/** Names of the parts of a page; arrows move between them. What is chosen belongs in the URL. */
export function Tabs(props: { label: string; tabs: readonly Tab[]; current: string; onChange: (key: string) => void }) {
  const id = useId();
  function move(event: KeyboardEvent, index: number): void {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    const next = props.tabs[(index + step + props.tabs.length) % props.tabs.length];
    if (step === 0 || next === undefined) return;
    event.preventDefault();
    props.onChange(next.key);
    document.getElementById(`${id}-${next.key}`)?.focus();
  }
  return (
    <div className="tabs" role="tablist" aria-label={props.label}>
      {props.tabs.map((tab, index) => (
        <button
          key={tab.key}
          id={`${id}-${tab.key}`}
          type="button"
          role="tab"
          aria-selected={tab.key === props.current}
          tabIndex={tab.key === props.current ? 0 : -1}
          onClick={() => props.onChange(tab.key)}
          onKeyDown={(event) => move(event, index)}
        >
          {tab.title}
          {tab.count === undefined ? null : <span className="count">{tab.count.toLocaleString()}</span>}
        </button>
      ))}
    </div>
  );
}
