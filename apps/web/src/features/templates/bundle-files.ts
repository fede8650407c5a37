// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates are written in plain strings
/** Files of a bundle in the order in which they are read. */
export function fileOrder(files: Readonly<Record<string, string>>): string[] {
  const rank = (file: string) => ['template.yaml', 'schema.json'].indexOf(file);
  return Object.keys(files).sort((a, b) => {
    const [left, right] = [rank(a), rank(b)];
    if (left >= 0 || right >= 0) return (left < 0 ? 9 : left) - (right < 0 ? 9 : right);
    return a.localeCompare(b);
  });
}

/** `template.yaml` with another name, title and version; everything else of it stays as it is written. */
export function headWith(text: string, change: { name: string; version: string; title?: string | undefined }): string {
  const put = (body: string, key: string, value: string) => {
    const lines = body.split('\n');
    const at = lines.findIndex((line) => line.startsWith(`${key}:`));
    if (at < 0) return `${key}: ${value}\n${body}`;
    return lines.with(at, `${key}: ${value}`).join('\n');
  };
  const { name, version, title } = change;
  const titled = title === undefined ? text : put(text, 'title', title);
  return put(put(titled, 'version', version), 'name', name);
}

/** Whether two bundles hold the same, in whatever order their files were added. */
export function isSameBundle(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((file) => a[file] === b[file]);
}

/** Whether a name can be a file of a bundle that is not there yet. */
export function isNewFile(file: string, files: Readonly<Record<string, string>>): boolean {
  return /^(?:README\.md|(?:manifests|tests)\/[A-Za-z0-9][A-Za-z0-9._-]{0,99}\.ya?ml)$/.test(file) && !(file in files);
}

/** What a new file starts with. */
export function startOf(file: string): string {
  if (file.startsWith('tests/')) return 'layers:\n  application: {}\nmanifests: []\n';
  if (file.startsWith('manifests/'))
    return 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: "${app.name}"\ndata: {}\n';
  return '';
}
