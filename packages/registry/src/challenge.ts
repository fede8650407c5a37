/** What a registry asks for with `WWW-Authenticate`. */
export type Challenge =
  | { scheme: 'basic' }
  | { scheme: 'bearer'; realm: string; service: string | undefined; scope: string | undefined };

/** Reads the header of a 401; `undefined` for schemes that registries do not use. */
export function readChallenge(header: string | null): Challenge | undefined {
  if (header === null) return undefined;
  if (/^basic\b/i.test(header)) return { scheme: 'basic' };
  if (!/^bearer\s/i.test(header)) return undefined;
  const fields = new Map<string, string>();
  for (const match of header.matchAll(/([a-z_]+)="([^"]*)"/gi)) {
    fields.set(String(match[1]).toLowerCase(), String(match[2]));
  }
  const realm = fields.get('realm');
  if (realm === undefined) return undefined;
  return { scheme: 'bearer', realm, service: fields.get('service'), scope: fields.get('scope') };
}
