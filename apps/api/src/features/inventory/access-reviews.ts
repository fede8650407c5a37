import { isNamespaces, type RbacQuestion } from '@quarterdeck/kubernetes';
import type { AccountPrincipal } from '../../platform/principal.ts';
import type { AskCluster } from '../access/index.ts';
import type { ClusterRecord } from '../clusters/index.ts';
import type { AskedKind, ClusterSight } from './cluster-sight.ts';
import type { KnownRbac } from './known-rbac.ts';
import type { RbacStore } from './rbac.store.ts';

/** Questions to one cluster at a time, about one kind altogether, and how long a list waits for their answers. */
const atOnce = 8;
const maxQuestions = 1000;
const patienceMs = 2000;
const answeredMs = 60_000;
const maxAnswers = 20_000;

type Asked = {
  principal: AccountPrincipal;
  cluster: ClusterRecord;
  known: KnownRbac;
  kind: AskedKind;
  byRbac: ClusterSight;
};

/**
 * For a cluster where another authorizer denies more than RBAC: what RBAC gives is asked of the cluster itself, as the
 * person, namespace by namespace. Answers are good for a minute; what is not answered in time is not shown, and asked for
 * again by the next list.
 */
export function createSightReviews(deps: { rbac: RbacStore; ask: AskCluster }) {
  const { rbac, ask } = deps;
  const answers = new Map<string, { allowed: boolean; until: number }>();

  function remember(key: string, allowed: boolean): void {
    if (answers.size >= maxAnswers) answers.clear();
    answers.set(key, { allowed, until: performance.now() + answeredMs });
  }

  async function narrow({ principal, cluster, known, kind, byRbac }: Asked): Promise<ClusterSight> {
    let left = maxQuestions;
    let isLate = false;
    const lateness = new Promise<'late'>((resolve) => {
      setTimeout(() => {
        isLate = true;
        resolve('late');
      }, patienceMs).unref();
    });

    async function isAllowed(question: RbacQuestion): Promise<boolean> {
      const { user, base, places } = known.groups;
      const groups = places.get(question.namespace ?? '') ?? base;
      const { verb, group, resource, namespace, name } = question;
      const key = JSON.stringify([cluster.id, principal.id, user, groups, verb, group, resource, namespace, name]);
      const kept = answers.get(key);
      if (kept !== undefined && performance.now() < kept.until) return kept.allowed;
      left -= 1;
      if (left < 0 || isLate) return false;
      const asking = ask(
        cluster.id,
        { user, groups, uid: principal.id, actor: principal.name },
        { verb, group, resource, ...(namespace ? { namespace } : {}), ...(name ? { name } : {}) },
      ).then(({ answer }) => {
        if (answer !== 'unreachable') remember(key, answer === 'allowed');
        return answer;
      });
      return (await Promise.race([asking, lateness])) === 'allowed';
    }
    const { group, resource } = kind;
    const list = (namespace?: string) => isAllowed({ verb: 'list', group, resource, namespace });
    const get = (name: string, namespace?: string) => isAllowed({ verb: 'get', group, resource, name, namespace });

    if (byRbac.whole && (await list())) return byRbac;
    const hasPlaces = kind.namespaced || isNamespaces(kind);
    const everyPlace = byRbac.whole && hasPlaces ? await rbac.namespacesOf(cluster.number, maxQuestions) : [];
    const allowed = await filter([...everyPlace, ...byRbac.namespaces], (namespace) =>
      isNamespaces(kind) ? get(namespace, namespace) : list(namespace),
    );
    const named = new Map<string, ReadonlySet<string>>();
    for (const [namespace, names] of byRbac.named) {
      const kept = await filter([...names], (name) => get(name, namespace));
      if (kept.length > 0) named.set(namespace, new Set(kept));
    }
    // A name in every namespace cannot be asked about at once.
    const anywhere = kind.namespaced ? [] : await filter([...byRbac.anywhere], (name) => get(name));
    const isNothing = allowed.length + named.size + anywhere.length === 0;
    return {
      whole: false,
      namespaces: new Set(allowed),
      named,
      anywhere: new Set(anywhere),
      extent: isNothing ? 'none' : 'part',
    };
  }

  return { narrow };
}

async function filter<T>(items: readonly T[], keep: (item: T) => Promise<boolean>): Promise<T[]> {
  const kept: T[] = [];
  for (let start = 0; start < items.length; start += atOnce) {
    const batch = items.slice(start, start + atOnce);
    const answers = await Promise.all(batch.map(keep));
    kept.push(...batch.filter((_, index) => answers[index]));
  }
  return kept;
}
