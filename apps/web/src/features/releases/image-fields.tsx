import type { ReleaseImage } from '@quarterdeck/contracts';
import type { ReactNode } from 'react';
import { t } from './releases.messages.ts';

type Slot = { title?: string | undefined; required: boolean };

/** One field per image the template asks for, with the digest that its tag names now; a tag that nobody resolved is marked. */
export function ImageFields(props: {
  slots: readonly (readonly [string, Slot])[];
  images: Record<string, string>;
  errors: readonly { pointer: string; detail: string }[];
  seen: Record<string, ReleaseImage>;
  /** What else is to be said of an image as it was seen. */
  note: (image: ReleaseImage) => ReactNode;
  onChange: (images: Record<string, string>) => void;
}) {
  return props.slots.map(([slot, image]) => {
    const error = props.errors.find(({ pointer }) => pointer === `/images/${slot}`)?.detail;
    const id = `image-${slot}`;
    const seen = props.seen[slot];
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
          <Seen image={seen} />
        </span>
        {seen === undefined ? null : props.note(seen)}
      </div>
    );
  });
}

function Seen({ image }: { image: ReleaseImage | undefined }) {
  if (image === undefined) return null;
  if (!image.pinned)
    return (
      <span className="help">
        <span className="badge warn">{t.notPinned}</span> {image.note ?? t.notPinnedWhy}
      </span>
    );
  if (image.tag === undefined) return null;
  return (
    <span className="help breakable">
      <span className="badge">{t.pinned}</span> {t.tagNames(image.tag)} <code>{digestOf(image).slice(0, 19)}</code>
    </span>
  );
}

/** `sha256:…` of an image that is pinned. */
export function digestOf({ reference }: Pick<ReleaseImage, 'reference'>): string {
  return reference.split('@')[1] ?? '';
}
