import { type ReactNode, useEffect, useId, useRef, useState } from 'react';

/**
 * A button with a small layer below it. Escape and a click outside close it; focus goes in and comes back.
 * @param label what the layer is, for those who cannot see where it opened
 */
export function Popover(props: {
  label: string;
  button: ReactNode;
  className?: string;
  /** On which side of the button the layer keeps its edge. */
  align?: 'start' | 'end';
  title?: string;
  children: ReactNode | ((close: () => void) => ReactNode);
  onOpenChange?: (open: boolean) => void;
}) {
  const { label, align = 'start', onOpenChange } = props;
  const id = useId();
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLSpanElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const change = (next: boolean) => {
    setOpen(next);
    onOpenChange?.(next);
  };
  const close = () => {
    change(false);
    button.current?.focus();
  };
  useEffect(() => {
    if (!open) return;
    box.current?.querySelector<HTMLElement>('.popover input, .popover button, .popover a')?.focus();
    const outside = (event: PointerEvent) => {
      if (event.target instanceof Node && box.current?.contains(event.target) === false) setOpen(false);
    };
    window.addEventListener('pointerdown', outside);
    return () => window.removeEventListener('pointerdown', outside);
  }, [open]);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape is heard wherever focus is inside
    <span
      className="popover-box"
      ref={box}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || !open) return;
        event.stopPropagation();
        close();
      }}
    >
      <button
        type="button"
        ref={button}
        className={props.className ?? 'button small'}
        aria-haspopup="dialog"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        title={props.title}
        onClick={() => change(!open)}
      >
        {props.button}
      </button>
      {open ? (
        <div className={`popover ${align}`} id={id} role="dialog" aria-label={label}>
          {typeof props.children === 'function' ? props.children(close) : props.children}
        </div>
      ) : null}
    </span>
  );
}
