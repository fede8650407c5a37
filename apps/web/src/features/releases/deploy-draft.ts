import type { Release, ReleaseImage } from '@quarterdeck/contracts';
import type { FormValue } from '@quarterdeck/ui';
import { useEffect, useState } from 'react';
import { imageTitle } from '../../platform/image-name.tsx';

/** What a person has filled in for a deployment. */
export type DeployDraft = {
  templateId: string;
  images: Record<string, string>;
  parameters: FormValue;
  /** Name of a strategy; the environment's first when it is left out. */
  strategy?: string;
};

const settleMs = 500;

/** What a deployment starts from: a version and the environment's own layer of parameters. */
export type Start = { templateVersionId: string | undefined; parameters: FormValue };

/**
 * The version and parameters that one starts from, with the images of the newest release, or of the one to begin from.
 * @param promoted a release of another environment: its images, digest for digest, and its version where none is followed
 */
export function draftFrom(
  last: Release | undefined,
  start: Start | undefined,
  firstTemplateId: string,
  promoted?: Release,
): DeployDraft {
  return {
    templateId: start?.templateVersionId ?? promoted?.templateVersionId ?? last?.templateVersionId ?? firstTemplateId,
    images:
      promoted === undefined
        ? Object.fromEntries(Object.entries(last?.images ?? {}).map(([slot, image]) => [slot, askedFor(image)]))
        : asSeen(promoted.images),
    parameters: start?.parameters ?? {},
  };
}

/** As a person asks for it: by its tag where it has one. */
function askedFor(image: ReleaseImage): string {
  return image.tag === undefined ? image.reference : imageTitle(image);
}

/** Tag and digest of what a preview showed: that very image goes out, wherever its tag has gone since. */
export function asSeen(images: Readonly<Record<string, ReleaseImage>>): Record<string, string> {
  const entries = Object.entries(images).map(([slot, { reference, pinned, tag }]) => {
    const isBoth = pinned && tag !== undefined;
    return [slot, isBoth ? reference.replace('@', `:${tag}@`) : reference];
  });
  return Object.fromEntries(entries);
}

/**
 * A draft that a reload does not lose; it ends with the tab.
 * @returns the draft as typed and as it rested, whether the two are one, how to change it and how to forget it
 */
export function useDeployDraft(key: string, initial: DeployDraft) {
  const storageKey = `quarterdeck.deploy.${key}`;
  const [draft, setDraft] = useState<DeployDraft>(() => stored(storageKey) ?? initial);
  const [settled, setSettled] = useState(draft);
  useEffect(() => {
    const timer = setTimeout(() => {
      setSettled(draft);
      sessionStorage.setItem(storageKey, JSON.stringify(draft));
    }, settleMs);
    return () => clearTimeout(timer);
  }, [draft, storageKey]);
  return {
    draft,
    settled,
    isSettled: settled === draft,
    change: (part: Partial<DeployDraft>) => setDraft((before) => ({ ...before, ...part })),
    forget: () => sessionStorage.removeItem(storageKey),
  };
}

function stored(key: string): DeployDraft | undefined {
  try {
    return (JSON.parse(sessionStorage.getItem(key) ?? 'null') as DeployDraft | null) ?? undefined;
  } catch {
    return undefined;
  }
}
