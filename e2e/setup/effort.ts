import type { Locator } from 'playwright-core';

/** What a person has to do: values they supply, and clicks. */
export type Effort = {
  inputs: number;
  clicks: number;
  fill(field: Locator, text: string): Promise<void>;
  tick(box: Locator): Promise<void>;
  click(what: Locator): Promise<void>;
};

/** Counts what is filled in, ticked and clicked through it, against the budgets of the portal. */
export function countEffort(): Effort {
  return {
    inputs: 0,
    clicks: 0,
    async fill(field, text) {
      this.inputs += 1;
      await field.fill(text);
    },
    async tick(box) {
      this.inputs += 1;
      await box.check();
    },
    async click(what) {
      this.clicks += 1;
      await what.click();
    },
  };
}
