/** Words of claim, sign-in and account. */
export const t = {
  welcome: 'Welcome to Quarterdeck',
  unclaimed: 'Nobody has claimed this installation yet. The setup code is in the terminal that started it.',
  setupCode: 'Setup code',
  yourName: 'Your name',
  accountName: 'Account name',
  accountHelp: 'Lower-case letters and digits, such as li.wei',
  password: 'Password',
  passwordHelp: 'At least 12 characters',
  claim: 'Claim this installation',
  claiming: 'Claiming …',
  signInTo: 'Sign in to Quarterdeck',
  unreachable: 'The server does not answer now.',
  signIn: 'Sign in',
  signingIn: 'Signing in …',
  signOut: 'Sign out',
} as const;
