const names: Record<string, string> = {
  clusters: 'Clusters',
  inventory: 'Inventory',
  workloads: 'Workloads',
  objects: 'Inventory',
  nodes: 'Nodes',
  applications: 'Applications',
  releases: 'Releases',
  pipelines: 'Pipelines',
  templates: 'Templates',
  access: 'Access',
  audit: 'Audit',
  profile: 'Profile',
  settings: 'Settings',
  welcome: 'First steps',
};

/** What a tab is called: the object first, so that many tabs can be told apart. */
export function titleOf(path: string): string {
  const [section = '', ...rest] = path
    .split('/')
    .filter((part) => part !== '')
    .map(decodeURIComponent);
  const name = names[section];
  if (name === undefined) return 'Quarterdeck';
  return [...subjectOf(section, rest), name, 'Quarterdeck'].join(' · ');
}

function subjectOf(section: string, rest: readonly string[]): string[] {
  if (section === 'clusters' && rest[0] === 'register') return ['Register'];
  if (section === 'clusters') return rest.slice(0, 2).reverse();
  if (section === 'inventory') return rest[1] === undefined ? [] : [rest[1]];
  if (section === 'objects') return rest[4] === undefined ? [] : [`${rest[4]} · ${rest[2]} · ${rest[0]}`];
  if (section === 'workloads') return rest[2] === undefined ? [] : [`${rest[2]} · ${rest[1]}`];
  if (section === 'applications') {
    const [project, app, environment, kind, number] = rest;
    if (kind === 'releases') return [`${app} ${environment} #${number}`];
    if (environment === 'deploy') return [`Deploy ${app}`];
    if (project === 'new' && app === undefined) return ['New'];
    return app === undefined ? (project === undefined ? [] : [project]) : [app];
  }
  return rest.slice(0, 1);
}
