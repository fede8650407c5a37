import type { Identity } from '@quarterdeck/kubernetes';
import { type Project, projectGroup } from '../access/index.ts';

/** How a release, and its preview, act inside a member cluster: no rollout depends on its starter's login. */
export function deployerIdentity(project: Pick<Project, 'number'>, why: { actor: string; release?: string }): Identity {
  return {
    user: 'quarterdeck:deployer',
    groups: ['quarterdeck:members', projectGroup(project.number, 'deployers')],
    extra: {
      'actor.quarterdeck.dev': [why.actor],
      ...(why.release === undefined ? {} : { 'release.quarterdeck.dev': [why.release] }),
    },
  };
}
