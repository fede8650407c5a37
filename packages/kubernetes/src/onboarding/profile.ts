import type { PolicyRule } from './manifest-types.ts';

/** As whom people go in a cluster. */
export const peopleProfiles = ['groups-only', 'named', 'bounded'] as const;
/** Who makes the namespaces and bindings of projects. */
export const bindingProfiles = ['managed', 'strict'] as const;

/**
 * What a cluster lets our account do. `people`: `groups-only` one shared user, who it is stands beside it; `named` each
 * account as a user of its name; `bounded` as groups-only, and only for what our roles do at all. `bindings`: `managed`
 * the worker makes the namespaces of projects and binds our rungs in them, and rungs reach whole clusters; `strict` an
 * owner of the cluster applies the bindings of each project, and nothing reaches further.
 */
export type OnboardingProfile = {
  people: (typeof peopleProfiles)[number];
  bindings: (typeof bindingProfiles)[number];
};

export const defaultProfile: OnboardingProfile = { people: 'groups-only', bindings: 'managed' };

/** The first minor version of Kubernetes that knows impersonation for some requests alone. */
export const boundedSinceMinor = 36;

const onBehalf = 'impersonate-on:user-info:';

/** Rules of what somebody does as rules of doing it for others (Kubernetes 1.36). */
export function onBehalfOf(rules: readonly PolicyRule[]): PolicyRule[] {
  return rules.flatMap((rule) => {
    // To bind and to escalate are no requests: the cluster asks for them beside the request itself.
    const verbs = rule.verbs.filter((verb) => verb !== 'bind' && verb !== 'escalate');
    return verbs.length === 0 ? [] : [{ ...rule, verbs: verbs.map((verb) => `${onBehalf}${verb}`) }];
  });
}
