const longest = 40;

/**
 * A short name for the cluster of a kubeconfig context, from the names that tools give: `kubernetes-admin@bj-1`,
 * `arn:aws:eks:eu-west-1:1234:cluster/shop`, `gke_project_europe-west1_shop`.
 * @param taken short names that are given already; the answer is not among them
 */
export function slugOfContext(context: string, taken: ReadonlySet<string>): string {
  const named = context.startsWith('gke_') ? context.split('_').at(-1) : context.split(/[@/]/).at(-1);
  const clean = (named ?? '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
  const base = /^[a-z]/.test(clean) ? clean : clean === '' ? 'cluster' : `c-${clean}`;
  for (let number = 1; ; number += 1) {
    const ending = number === 1 ? '' : `-${number}`;
    const slug = `${base.slice(0, longest - ending.length).replace(/-+$/, '')}${ending}`;
    if (!taken.has(slug)) return slug;
  }
}
