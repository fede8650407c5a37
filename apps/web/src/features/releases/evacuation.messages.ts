const count = (n: number, one: string, many: string) => `${n} ${n === 1 ? one : many}`;

/** Words of evacuations: what of a lost cluster goes on elsewhere. */
export const t = {
  clusters: 'Clusters',
  title: (cluster: string) => `Evacuation of ${cluster}`,
  draftedBy: (by: string) => `Drafted by ${by}`,
  hint: 'What ran there, and where it could go. Nothing changes until you approve it, and nothing is deleted when the cluster returns: its targets wait until somebody lets them catch up.',
  empty: 'Nothing that you may evacuate runs in this cluster.',
  emptyHint: 'Applications in your projects that were put there by a release would be here.',
  backTo: (cluster: string) => `Back to ${cluster}`,
  summary: (proposed: number, covered: number, blocked: number, approved: number) =>
    [
      ...(proposed === 0 ? [] : [`${proposed} can go`]),
      ...(blocked === 0 ? [] : [`${blocked} cannot go as ${blocked === 1 ? 'it is' : 'they are'}`]),
      ...(approved === 0 ? [] : [`${approved} approved`]),
      ...(covered === 0 ? [] : [`${covered} ${covered === 1 ? 'runs' : 'run'} elsewhere as well`]),
    ].join(' · '),
  states: {
    proposed: 'Can go',
    covered: 'Runs elsewhere as well',
    blocked: 'Cannot go as it is',
    approved: 'Approved',
  },
  application: 'Application',
  needs: 'Needs',
  goesTo: 'Goes to',
  reported: 'Report',
  state: 'State',
  nowhere: 'nowhere',
  needsText: (pods: number, cores: number, gib: number) =>
    cores === 0 && gib === 0
      ? `${count(pods, 'pod', 'pods')} without requests`
      : `${count(pods, 'pod', 'pods')}, ${cores.toLocaleString(undefined, { maximumFractionDigits: 2 })} cores, ${gib.toLocaleString(undefined, { maximumFractionDigits: 2 })} GiB`,
  newRule: 'new to the environment',
  nothingAgainst: 'Nothing speaks against it.',
  goesAfter: (names: readonly string[]) => `Goes after ${names.join(', ')}, which it needs.`,
  goesAfterStaying: (names: readonly string[]) =>
    `It needs ${names.join(', ')}, and the draft has nowhere to put ${names.length === 1 ? 'it' : 'them'}.`,
  needsOutside: 'Needs, and this draft does not have:',
  hiddenOutside: (n: number, isMore: boolean) =>
    `${isMore ? 'and ' : ''}${n} ${isMore ? 'more ' : ''}that you may not see`,
  choose: (application: string, environment: string) => `Evacuate ${application} ${environment}`,
  confirmed: 'This is taken care of',
  confirmIt: (application: string, code: string) => `${application}: ${code.replaceAll('_', ' ')} is taken care of`,
  approve: (n: number) => `Evacuate ${count(n, 'application', 'applications')}`,
  chooseFirst: 'Tick what is to go; what must be taken care of first has a tick of its own.',
  approveHint: (clusters: string) =>
    `Each goes out as a release of its own in ${clusters}, without further approvals, what others need first. Its targets in the lost cluster stand down: no release goes there until somebody lets them catch up. Nothing is deleted.`,
  refusedTitle: (n: number) => `${count(n, 'application', 'applications')} did not go`,
  release: (number: number) => `#${number}`,
  draftAgain: 'Draft again',
  unreachable: (cluster: string) => `${cluster} does not answer`,
  propose: 'Propose an evacuation',
  proposeHint:
    'Drafts for each application here where it could go, and what speaks against it. It changes nothing by itself.',
  last: 'Last draft',
} as const;
