import { t } from './releases.messages.ts';

type Slot = { title?: string | undefined; required: boolean };

/** One field per image the template asks for; a tag is marked, since it may come to name another image. */
export function ImageFields(props: {
  slots: readonly (readonly [string, Slot])[];
  images: Record<string, string>;
  errors: readonly { pointer: string; detail: string }[];
  seen: Record<string, { pinned: boolean }>;
  onChange: (images: Record<string, string>) => void;
}) {
  return props.slots.map(([slot, image]) => {
    const error = props.errors.find(({ pointer }) => pointer === `/images/${slot}`)?.detail;
    const id = `image-${slot}`;
    return (
      <div key={slot} className="field">
        <label htmlFor={id}>{image.title ?? slot}</label>
        <input
          id={id}
          value={props.images[slot] ?? ''}
          placeholder={t.imageExample}
          spellCheck={false}
          aria-invalid={error !== undefined}
          aria-describedby={`${id}-help`}
          onChange={(event) => props.onChange({ ...props.images, [slot]: event.target.value })}
        />
        <span id={`${id}-help`}>
          {error === undefined ? null : <span className="error">{error}</span>}
          {props.seen[slot]?.pinned === false ? (
            <span className="help">
              <span className="badge warn">{t.notPinned}</span> {t.notPinnedWhy}
            </span>
          ) : null}
        </span>
      </div>
    );
  });
}
