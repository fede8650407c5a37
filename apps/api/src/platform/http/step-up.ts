import { AppError } from '../errors.ts';
import type { Principal } from '../principal.ts';

/**
 * What would hurt most in the hands of somebody at an unlocked screen, or with a stolen cookie, needs a session that
 * proved itself again within 10 minutes. A person's token cannot do that, so it is refused; a service account's token
 * names each of its permissions and was made by somebody who did.
 * @throws AppError `step_up_required`
 */
export function requireStepUp(principal: Principal): void {
  if (principal.kind === 'system' || principal.kind === 'service-account') return;
  if (principal.credential.kind === 'session' && principal.credential.steppedUp === true) return;
  throw new AppError(
    'step_up_required',
    403,
    principal.credential.kind === 'session'
      ? 'Prove again that it is you: POST /api/v1/me/step-up, or at your provider. It is good for 10 minutes.'
      : 'This needs a person at a browser who proved again who they are; a personal token cannot.',
  );
}
