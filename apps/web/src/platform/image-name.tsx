import type { ReleaseImage } from '@quarterdeck/contracts';
import { CopyButton } from '@quarterdeck/ui';
import { t } from './image-name.messages.ts';

/** An image of a release: name and tag as people know them, the digest that went out, and what a registry did not tell. */
export function ImageName({ image }: { image: ReleaseImage }) {
  const [, digest] = image.reference.split('@');
  return (
    <span className="row wrap">
      <code>{imageTitle(image)}</code>
      {digest === undefined ? null : (
        <span className="row muted">
          <code title={digest}>{digest.slice(0, 19)}</code>
          <CopyButton text={image.reference} label={t.copyImage} />
        </span>
      )}
      {image.pinned ? null : (
        <span className="badge warn" title={image.note ?? t.notPinnedWhy}>
          {t.notPinned}
        </span>
      )}
      {image.pinned && image.note !== undefined ? (
        <span className="badge warn" title={image.note}>
          {t.notConfirmed}
        </span>
      ) : null}
      {image.tagNow === undefined || image.tag === undefined ? null : (
        <span className="badge" title={image.tagNow}>
          {t.tagNow(image.tag, image.tagNow.slice(0, 19))}
        </span>
      )}
    </span>
  );
}

/** The first image of a release, in a cell of a list: where it comes from stands on hover. */
export function FirstImage({ images }: { images: Readonly<Record<string, ReleaseImage>> }) {
  const [first] = Object.values(images);
  return first === undefined ? null : <code title={first.reference}>{imageTail(imageTitle(first))}</code>;
}

/** As people know it: its name with its tag; without one that is known, with nothing. */
export function imageTitle({ reference, tag }: Pick<ReleaseImage, 'reference' | 'tag'>): string {
  const [name = ''] = reference.split('@');
  return tag === undefined ? name : `${name}:${tag}`;
}

/** The end of a reference, without the registry and the path: what tells two releases apart. */
export function imageTail(reference: string): string {
  const [name = ''] = reference.split('@');
  return reference.slice(name.lastIndexOf('/') + 1);
}

/** A reference with no more of its digest than tells it from others. */
export function shortImage(reference: string): string {
  const [name = '', digest] = reference.split('@');
  return digest === undefined ? name : `${name}@${digest.slice(0, 19)}`;
}
