import { config } from 'zod';

// The content security policy forbids compiled code; zod must not even try.
config({ jitless: true });
