import { ConfigError } from '../config.ts';

/** A failure to listen in words, with the way out; anything else as it is. */
export function explainListen(
  error: unknown,
  { host, port, flag }: { host: string; port: number; flag: string },
): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') {
    return new ConfigError(
      `Port ${port} on ${host} is in use. End the program that holds it, or take another: ${flag}${port + 1}.`,
    );
  }
  if (code === 'EACCES')
    return new ConfigError(`Port ${port} needs rights this user does not have. Take one above 1023: ${flag}8080.`);
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return new ConfigError(`${host} is not an address of this machine. Try --host 127.0.0.1.`);
  }
  return error;
}
