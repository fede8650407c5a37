export { meQuery, providersQuery } from './identity.queries.ts';
export { SetupPage } from './setup-page.tsx';
export { SignInPage } from './sign-in-page.tsx';
export { SignOutButton } from './sign-out-button.tsx';
