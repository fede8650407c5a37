import { ApiError } from '../objects/api-error.ts';

/**
 * Runs a step of a controller. What the cluster refuses it, such as a new object in a namespace that goes, is no defect:
 * the next change asks again.
 */
export function attempt(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
  }
}
