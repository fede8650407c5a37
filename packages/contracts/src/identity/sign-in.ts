import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { accountNameSchema, meSchema, passwordSchema } from './account.ts';

export const claimInstance = endpoint({
  name: 'claimInstance',
  method: 'POST',
  path: '/auth/setup',
  summary: 'Claim a new installation with the one-time setup code and create its owner',
  permission: 'public',
  body: z.strictObject({
    code: z.string().min(1).max(64),
    name: accountNameSchema,
    displayName: z.string().trim().min(1).max(100),
    password: passwordSchema,
  }),
  response: meSchema,
  status: 201,
  errors: ['setup_code_invalid', 'setup_code_exhausted', 'already_claimed', 'password_too_weak'],
});

export const signIn = endpoint({
  name: 'signIn',
  method: 'POST',
  path: '/auth/sign-in',
  summary: 'Sign in with a local account; answers with a session cookie',
  permission: 'public',
  body: z.strictObject({ name: z.string().min(1).max(100), password: z.string().min(1).max(128) }),
  response: meSchema,
  errors: ['sign_in_failed'],
});

export const listProviders = endpoint({
  name: 'listProviders',
  method: 'GET',
  path: '/auth/providers',
  summary: 'Ways to sign in, and whether the installation still waits to be claimed',
  permission: 'public',
  response: z.object({
    claimed: z.boolean(),
    providers: z.array(z.object({ id: z.string(), kind: z.enum(['local']), name: z.string() })),
  }),
  errors: [],
});

export const signInEndpoints = [claimInstance, signIn, listProviders];
