/** The version after one, when something is new. */
export function nextMinor(version: string): string {
  const [major = 0, minor = 0] = version.split('-')[0]?.split('.').map(Number) ?? [];
  return `${major}.${minor + 1}.0`;
}
