import { lookup as dnsLookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { OutboundError } from './failures.ts';
import { canonicalHost, embeddedIpv4 } from './ip-address.ts';

/** An address that must not be dialled, with the command that allows it on purpose. */
export class AddressRefusedError extends OutboundError {
  readonly address: string;
  readonly remedy: string;
  constructor(address: string, message: string, remedy: string) {
    super('address_refused', message);
    this.name = 'AddressRefusedError';
    this.address = address;
    this.remedy = remedy;
  }
}

/** Finds all addresses of a name; the system's resolver unless a test gives another. */
export type Resolve = (hostname: string) => Promise<readonly string[]>;

/**
 * Decides which addresses this process may dial. A workload that controls a DNS name, or a person who types an
 * address, must not reach the loopback, link-local or metadata services of the machine we run on.
 */
export interface AddressGuard {
  /**
   * Checks a host before any socket exists: literal addresses at once, names by all their answers.
   * @throws AddressRefusedError
   * @throws OutboundError `unreachable` for a name without an address
   */
  check(host: string, port: number): Promise<void>;
  /** Literal addresses never reach Node's `lookup`, so connectors check them here first. No-op for names. */
  checkLiteral(host: string, port: number): void;
  /** For `net.connect`: resolves, checks all answers, and returns only checked ones. */
  lookupFor(port: number): LookupFunction;
}

const refused = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['100.100.100.200', 32],
  ['224.0.0.0', 4],
  ['255.255.255.255', 32],
] as const) {
  refused.addSubnet(network, prefix, 'ipv4');
}
for (const [network, prefix] of [
  ['::', 128],
  ['::1', 128],
  ['fe80::', 10],
  ['ff00::', 8],
  ['fd00:ec2::254', 128],
] as const) {
  refused.addSubnet(network, prefix, 'ipv6');
}

/**
 * @param allow entries `CIDR:port`, such as `127.0.0.1/32:6443` or `[::1]/128:6443`
 * @throws Error naming an entry that cannot be read
 */
export function createAddressGuard(options: { allow?: readonly string[]; resolve?: Resolve } = {}): AddressGuard {
  const allow = options.allow ?? [];
  const allowances = allow.map(parseAllowance);
  const resolve = options.resolve ?? resolveAll;

  function assertAddress(address: string, port: number): void {
    // What the packet reaches counts: a mapped or translated address is judged by both of its faces.
    const faces = [address, ...embeddedIpv4(address)];
    const isRefused = faces.some((face) => refused.check(face, familyOf(face)));
    if (!isRefused) return;
    const isAllowed = allowances.some(
      (allowance) => allowance.port === port && faces.some((face) => allowance.list.check(face, familyOf(face))),
    );
    if (isAllowed) return;
    throw refusal(address, port, allow);
  }

  async function resolveChecked(host: string, port: number): Promise<readonly string[]> {
    const answers = await resolve(host);
    if (answers.length === 0) throw unresolved(host);
    for (const answer of answers) assertAddress(answer, port);
    return answers;
  }

  function literalOf(host: string): string | undefined {
    const canonical = canonicalHost(host);
    return isIP(canonical) === 0 ? undefined : canonical;
  }

  return {
    async check(host, port) {
      const literal = literalOf(host);
      if (literal !== undefined) return assertAddress(literal, port);
      await resolveChecked(canonicalHost(host), port);
    },
    checkLiteral(host, port) {
      const literal = literalOf(host);
      if (literal !== undefined) assertAddress(literal, port);
    },
    lookupFor: (port) => (hostname, lookupOptions, callback) => {
      resolveChecked(hostname, port).then(
        (answers) => {
          const list = answers.map((address) => ({ address, family: isIP(address) }));
          const first = list[0];
          if (lookupOptions.all === true) callback(null, list);
          else callback(null, first?.address ?? '', first?.family);
        },
        (error: NodeJS.ErrnoException) => callback(error, '', 0),
      );
    },
  };
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 4 ? 'ipv4' : 'ipv6';
}

function resolveAll(hostname: string): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    dnsLookup(hostname, { all: true, verbatim: true }, (error, answers) => {
      if (error) reject(unresolved(hostname, error));
      else resolve(answers.map((answer) => answer.address));
    });
  });
}

function unresolved(hostname: string, cause?: unknown): OutboundError {
  return new OutboundError('unreachable', `The name ${hostname} has no address. Check its spelling and the DNS.`, {
    cause,
  });
}

function refusal(address: string, port: number, allow: readonly string[]): AddressRefusedError {
  const entry = isIP(address) === 6 ? `[${address}]/128:${port}` : `${address}/32:${port}`;
  const remedy = `QUARTERDECK_CLUSTER_ADDRESS_ALLOW=${[...allow, entry].join(',')} npm start`;
  return new AddressRefusedError(
    address,
    `${address} is a loopback, link-local, multicast or metadata address of the machine Quarterdeck runs on. If a server of yours really is there, restart with: ${remedy}`,
    remedy,
  );
}

function parseAllowance(entry: string): { list: BlockList; port: number } {
  const match = /^\[?([0-9a-fA-F.:]+?)\]?\/(\d{1,3}):(\d{1,5})$/.exec(entry.trim());
  const network = match?.[1] ?? '';
  const prefix = Number(match?.[2]);
  const port = Number(match?.[3]);
  const family = isIP(network);
  if (family === 0 || prefix > (family === 4 ? 32 : 128) || port < 1 || port > 65_535) {
    throw new Error(`"${entry}" is not an allowed address. Write CIDR:port, such as 127.0.0.1/32:6443.`);
  }
  const list = new BlockList();
  list.addSubnet(network, prefix, family === 4 ? 'ipv4' : 'ipv6');
  return { list, port };
}
