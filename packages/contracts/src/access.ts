export * from './access/grants.ts';
export * from './access/projects.ts';
export * from './access/questions.ts';
export * from './access/review.ts';
export * from './access/roles.ts';
export * from './access/scopes.ts';

import { grantsEndpoints } from './access/grants.ts';
import { projectsEndpoints } from './access/projects.ts';
import { questionsEndpoints } from './access/questions.ts';
import { reviewEndpoints } from './access/review.ts';
import { rolesEndpoints } from './access/roles.ts';

export const accessEndpoints = [
  ...projectsEndpoints,
  ...rolesEndpoints,
  ...grantsEndpoints,
  ...questionsEndpoints,
  ...reviewEndpoints,
];
