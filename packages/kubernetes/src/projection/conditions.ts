import { type Json, objectsOf, textOf, textOrNothing } from './values.ts';

export type Condition = { type: string; status: string; reason?: string; message?: string };

/** Conditions of a status, bounded. */
export function conditionsOf(status: Json): Condition[] {
  return objectsOf(status.conditions, 20).flatMap((condition) => {
    const type = textOf(condition.type, 128);
    if (type === '') return [];
    const reason = textOrNothing(condition.reason, 128);
    const message = textOrNothing(condition.message, 300);
    return [
      {
        type,
        status: textOf(condition.status, 16),
        ...(reason === undefined ? {} : { reason }),
        ...(message === undefined ? {} : { message }),
      },
    ];
  });
}

export function conditionNamed(conditions: readonly Condition[], type: string): Condition | undefined {
  return conditions.find((condition) => condition.type === type);
}
