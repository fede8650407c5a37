import { AuthenticatorSetup } from './authenticator-setup.tsx';
import { t } from './identity.messages.ts';
import { SignOutButton } from './sign-out-button.tsx';
import { StepUpDialog } from './step-up-dialog.tsx';

/** All there is for an account that owes its second factor. */
export function SecondFactorGate() {
  return (
    <main className="centre">
      <div className="panel">
        <div>
          <h1>{t.owedTitle}</h1>
          <p className="muted">{t.owedHelp}</p>
        </div>
        <AuthenticatorSetup onDone={() => {}} />
        <div className="row">
          <SignOutButton />
        </div>
      </div>
      <StepUpDialog />
    </main>
  );
}
