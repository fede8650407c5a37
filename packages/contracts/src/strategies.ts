import { z } from 'zod';

const selectSchema = z.union(
  [
    z.strictObject({ labels: z.record(z.string().max(63), z.string().max(63)) }),
    z.strictObject({ percent: z.number().int().min(1).max(100) }),
    z.strictObject({ rest: z.literal(true) }),
  ],
  { error: 'labels of clusters, percent from 1 to 100, or the rest' },
);

const budgetHelp = 'a number of targets, or percent as in 5%';

/** Too many targets failed: wait for a person, or put back what was healthy. */
const onFailureSchema = z.enum(['pause', 'rollback']);
/** `block` waits for an unreachable target, `skip` goes on and owes it. */
const unreachableSchema = z.enum(['block', 'skip']);

/** What holds for every release of an environment, whichever strategy it goes by. */
export const deliveryPolicySchema = z.strictObject({
  /** People who approve before anything starts; a strategy may ask for more, never for fewer. */
  approvals: z.number().int().min(0).max(5),
  /** Whether whoever made a release may be one of them. */
  ownApproval: z.boolean(),
  onFailure: onFailureSchema,
  unreachable: unreachableSchema,
});
export type DeliveryPolicy = z.output<typeof deliveryPolicySchema>;

const approvalSchema = z.strictObject({ count: z.number().int().min(1).max(5) });

/** A part of a release's targets that go together; the first wave that selects a target has it. */
export const waveSpecSchema = z.strictObject({
  name: z.string().trim().min(1, 'name the wave').max(40),
  /** By cluster labels; `percent` of all targets, cumulative and rounded up; or what is left. */
  select: selectSchema,
  maxConcurrent: z.number().int().min(1).max(100).default(10),
  /** Targets that may fail: a number, or percent of the wave's targets, rounded down. */
  failureBudget: z
    .union([z.number().int().min(0).max(1000), z.string().regex(/^(100|[1-9]?\d)%$/, budgetHelp)], {
      error: budgetHelp,
    })
    .default(0),
  soakSeconds: z.number().int().min(0).max(86_400).default(0),
  /** Before the wave opens. */
  approval: approvalSchema.optional(),
});

/** How a release goes over its targets. */
export const strategySchema = z
  .strictObject({
    name: z.string().trim().min(1, 'name the strategy').max(40),
    waves: z.array(waveSpecSchema).min(1, 'at least one wave').max(20),
    /** Before anything starts. */
    approval: approvalSchema.optional(),
    /** Left out: as the environment's policy says. */
    onFailure: onFailureSchema.optional(),
    /** Left out: as the environment's policy says. */
    unreachable: unreachableSchema.optional(),
    /** Whether a newer release waits for one that is on its way, or replaces it. */
    supersede: z.enum(['replace-pending', 'replace-running']).default('replace-pending'),
  })
  .superRefine((strategy, refusal) => {
    const { waves } = strategy;
    const last = waves.at(-1);
    if (last !== undefined && !('rest' in last.select) && !('percent' in last.select && last.select.percent === 100)) {
      refusal.addIssue({
        code: 'custom',
        path: ['waves', waves.length - 1, 'select'],
        message: 'the last wave takes the rest, or a target could be in no wave',
      });
    }
    waves.forEach((wave, index) => {
      if (waves.findIndex(({ name }) => name === wave.name) !== index)
        refusal.addIssue({
          code: 'custom',
          path: ['waves', index, 'name'],
          message: `two waves are named ${wave.name}`,
        });
      if ('rest' in wave.select && index < waves.length - 1)
        refusal.addIssue({
          code: 'custom',
          path: ['waves', index, 'select'],
          message: 'only the last wave takes the rest: nothing is left for the waves after it',
        });
      const before = waves.slice(0, index).flatMap(({ select }) => ('percent' in select ? [select.percent] : []));
      if ('percent' in wave.select && wave.select.percent <= Math.max(0, ...before))
        refusal.addIssue({
          code: 'custom',
          path: ['waves', index, 'select', 'percent'],
          message: 'percent is cumulative: it must be above that of the waves before',
        });
    });
  });

export type WaveSpec = z.output<typeof waveSpecSchema>;
export type Strategy = z.output<typeof strategySchema>;
/** A strategy as a release goes by it: what it leaves open is filled in from the environment's policy. */
export type ReleaseStrategy = Strategy &
  Required<Pick<Strategy, 'onFailure' | 'unreachable'>> & { ownApproval?: boolean };
