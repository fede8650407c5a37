/** Texts of Kubernetes `Warning` headers: `299 - "spec.x is deprecated"`, several joined by commas or repeated. */
export function parseWarnings(header: string | readonly string[] | undefined): string[] {
  const lines = header === undefined ? [] : typeof header === 'string' ? [header] : header;
  return lines.flatMap((line) =>
    Array.from(line.matchAll(/\b\d{3} \S+ "((?:[^"\\]|\\.)*)"/g), (match) => (match[1] ?? '').replace(/\\(.)/g, '$1')),
  );
}
