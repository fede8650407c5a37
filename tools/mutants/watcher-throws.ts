import { mutate } from './mutate.ts';

/** An object that a projection does not understand throws instead of leaving a row. */
export default mutate<typeof import('../../packages/kubernetes/src/projection/project-object.ts')>({
  projectObject: (real) => (object, project) => {
    project(object);
    return real.projectObject(object, project);
  },
});
