/** `tier=production region=eu` as a selector; `undefined` when a word is not name=value. */
export function readLabels(text: string): Record<string, string> | undefined {
  const words = text.split(/[\s,]+/).filter((word) => word !== '');
  const pairs = words.map((word) => /^([^=]+)=(.+)$/.exec(word));
  if (pairs.some((pair) => pair === null)) return undefined;
  return Object.fromEntries(pairs.map((pair) => [pair?.[1] ?? '', pair?.[2] ?? '']));
}

export function writeLabels(selector: Readonly<Record<string, string>>): string {
  return Object.entries(selector)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}

/** Whether a cluster carries all labels; `cluster` is its short name. */
export function fits(
  selector: Readonly<Record<string, string>>,
  cluster: { slug: string; labels: Readonly<Record<string, string>> },
): boolean {
  return Object.entries(selector).every(
    ([name, value]) => (name === 'cluster' ? cluster.slug : cluster.labels[name]) === value,
  );
}
