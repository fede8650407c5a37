import { extraKeys, type Identity } from '@quarterdeck/kubernetes';
import { projectGroup } from '../access/index.ts';

/**
 * How a release, and its preview, act inside a member cluster: no rollout depends on its starter's login.
 * @param number the project's in that cluster; without one it may do nothing there yet
 */
export function deployerIdentity(number: number | undefined, why: { actor: string; release?: string }): Identity {
  return {
    user: 'quarterdeck:deployer',
    groups: ['quarterdeck:members', ...(number === undefined ? [] : [projectGroup(number, 'deployers')])],
    extra: {
      [extraKeys.actor]: [why.actor],
      ...(why.release === undefined ? {} : { [extraKeys.release]: [why.release] }),
    },
  };
}
