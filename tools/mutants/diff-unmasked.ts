import { mutate } from './mutate.ts';

/** A Secret is compared like any other object. */
export default mutate<typeof import('../../packages/kubernetes/src/apply/mask-secret.ts')>({
  maskSecret: () => (object) => object,
  withoutSecretValues: () => (_object, said) => said,
});
