const host = '(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)(?:\\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*(?::[0-9]+)?';
const part = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const reference = new RegExp(
  `^(?:${host}/)?${part}(?:/${part})*(?::([\\w][\\w.-]{0,127}))?(?:@(sha256:[a-f0-9]{64}))?$`,
);

/**
 * Reads an image reference as the distribution specification writes it.
 * @returns `pinned` when it names a digest; `undefined` when it is no reference
 */
export function parseImage(text: string): { reference: string; pinned: boolean } | undefined {
  if (text.length > 500) return undefined;
  const match = reference.exec(text);
  return match === null ? undefined : { reference: text, pinned: match[2] !== undefined };
}
