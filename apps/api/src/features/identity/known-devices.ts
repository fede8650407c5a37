import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** Browsers that an account has signed in from, told by a cookie that only we can make. */
export interface KnownDevices {
  /** A cookie value for this browser and account. */
  issue(name: string): string;
  /** The device's id when the cookie is ours and was made for this name; names nobody has are none either. */
  idFor(cookie: string | undefined, name: string): string | undefined;
}

const macLength = 43;

/** Nothing is stored: the value carries its own proof and does not tell the name. */
export function createKnownDevices(pepper: Buffer): KnownDevices {
  const macOf = (id: string, name: string) =>
    createHmac('sha256', pepper).update(`known-device\n${id}\n${name.toLowerCase()}`).digest('base64url');
  return {
    issue(name) {
      const id = randomBytes(16).toString('base64url');
      return `${id}.${macOf(id, name)}`;
    },
    idFor(cookie, name) {
      const [id = '', mac = ''] = (cookie ?? '').split('.', 2);
      if (id === '' || mac.length !== macLength) return undefined;
      return timingSafeEqual(Buffer.from(mac), Buffer.from(macOf(id, name))) ? id : undefined;
    },
  };
}
