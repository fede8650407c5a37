/** `sha256:` and 64 hexadecimal digits. */
export function isDigest(text: string): boolean {
  return /^sha256:[a-f0-9]{64}$/.test(text);
}

/** As the distribution specification writes them. */
export function isTag(text: string): boolean {
  return /^\w[\w.-]{0,127}$/.test(text);
}

/** Path of a repository below its registry. */
export function isPath(text: string): boolean {
  return text.length <= 300 && /^[a-z0-9]+([._-]+[a-z0-9]+)*(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*$/.test(text);
}

/**
 * When an image was pushed: what its sender says where that can be, else when we heard of it. By a clock ahead of ours it
 * would be newer than all that is pushed until that time comes, and the last one that deploys by itself.
 */
export function pushTime(said: Date | undefined, receivedAt: Date): Date {
  return said !== undefined && said.getTime() > 0 && said < receivedAt ? said : receivedAt;
}
