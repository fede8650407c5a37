import { isIPv6 } from 'node:net';

/**
 * The host as the URL standard writes it: decimal, octal, hexadecimal and short IPv4 forms become dotted, names lower
 * case, IPv6 without brackets. What cannot be a host is returned as it is.
 */
export function canonicalHost(host: string): string {
  const bare = host.replace(/^\[(.*)\]$/, '$1').replace(/%.*$/, '');
  const url = URL.parse(isIPv6(bare) ? `https://[${bare}]/` : `https://${bare}/`);
  return url === null ? bare : url.hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
}

/** IPv4 addresses that an IPv6 address stands for: mapped, compatible, NAT64 (both prefixes), 6to4, Teredo. */
export function embeddedIpv4(address: string): string[] {
  if (!isIPv6(address)) return [];
  const groups = groupsOf(address);
  const at = (index: number) => groups[index] ?? 0;
  const last = dotted(at(6), at(7));
  const startsWith = (...prefix: number[]) => prefix.every((group, index) => at(index) === group);
  if (startsWith(0, 0, 0, 0, 0, 0xffff) || startsWith(0, 0, 0, 0, 0xffff, 0)) return [last];
  // `::` and `::1` are addresses of their own, not compatible forms of 0.0.0.0 and 0.0.0.1.
  if (startsWith(0, 0, 0, 0, 0, 0)) return at(6) === 0 && at(7) <= 1 ? [] : [last];
  if (startsWith(0x64, 0xff9b, 0, 0, 0, 0)) return [last];
  if (startsWith(0x64, 0xff9b, 1)) {
    // RFC 6052: behind a /48 the 32 bits stand around the ninth octet, which is zero; behind a /96 they are last.
    const behind48 = dotted(at(3), ((at(4) & 0xff) << 8) | (at(5) >> 8));
    return [last, behind48];
  }
  if (startsWith(0x2002)) return [dotted(at(1), at(2))];
  if (startsWith(0x2001, 0)) return [dotted(at(2), at(3)), dotted(at(6) ^ 0xffff, at(7) ^ 0xffff)];
  return [];
}

function dotted(high: number, low: number): string {
  return `${high >> 8}.${high & 0xff}.${low >> 8}.${low & 0xff}`;
}

function groupsOf(address: string): number[] {
  // The URL parser writes the shortest form without dotted tails.
  const canonical = canonicalHost(address);
  const [head = '', tail] = canonical.split('::', 2);
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length;
  return [...left, ...Array<string>(zeros).fill('0'), ...right].map((group) => Number.parseInt(group, 16));
}
