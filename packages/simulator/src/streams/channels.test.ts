import { expect, it } from 'vitest';
import { exited, succeeded } from './channels.ts';

it('tells how a command ended as a kubelet does', () => {
  expect(exited(0)).toBe(succeeded);
  // By this reason and this cause kubectl ends with the same code.
  expect(exited(7)).toMatchObject({
    status: 'Failure',
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: '7' }] },
  });
});
