export { meQuery, providersQuery } from './identity.queries.ts';
export { ResetPage, resetTokenOf } from './reset-page.tsx';
export { SecondFactorGate } from './second-factor-gate.tsx';
export { SetupPage } from './setup-page.tsx';
export { SignInPage } from './sign-in-page.tsx';
export { SignOutButton } from './sign-out-button.tsx';
export { StepUpDialog } from './step-up-dialog.tsx';
export { useTokensAttention } from './tokens.attention.ts';
