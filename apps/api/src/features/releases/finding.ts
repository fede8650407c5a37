import type { findingSchema } from '@quarterdeck/contracts';
import type { z } from 'zod';

/** What stands in the way of a release, or is worth knowing before it goes out. */
export type Finding = z.output<typeof findingSchema>;
