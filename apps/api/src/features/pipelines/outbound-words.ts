import type { OutboundError } from '@quarterdeck/outbound';

/**
 * Why somebody elsewhere could not be asked, for people of a project: which addresses the installation dials is the
 * business of its operator alone.
 */
export function outboundWords(error: OutboundError, host: string): string {
  if (error.code !== 'address_refused') return error.message;
  return `${host} is an address of this machine, of its network link or of its cloud’s metadata, which is not dialled. Ask the operator of this installation if it really is meant.`;
}
