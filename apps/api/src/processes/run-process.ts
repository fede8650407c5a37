import { DatabaseSetupError, MigrationError } from '@quarterdeck/database';
import { ConfigError } from '../config.ts';
import { KeyringError } from '../platform/crypto/keyring.ts';
import { exitCodes } from './shutdown.ts';

/** Runs an entry point; what a person can mend is one clear message, not a stack trace. */
export async function runProcess(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    const misconfigured =
      error instanceof ConfigError || error instanceof KeyringError || error instanceof DatabaseSetupError;
    const mendable = misconfigured || error instanceof MigrationError;
    process.stderr.write(`\n${mendable ? error.message : String(error instanceof Error ? error.stack : error)}\n`);
    process.exit(misconfigured ? exitCodes.configuration : exitCodes.failed);
  }
}
