import type { LeftReason } from '@quarterdeck/contracts';

const reasons: Record<LeftReason, string> = {
  holds_data: 'holds data',
  keep: 'is marked to stay (quarterdeck.dev/keep)',
  most: 'more than half of what is there would go at once',
  not_ours: 'does not carry this application’s labels any more: delete it by hand if nobody needs it',
  no_uid: 'the answer to its making was lost, so it is not certain that it is ours; removing the application takes it',
  refused: 'the cluster refused',
  not_tried: 'was not come to',
};

const objects = (count: number) => `${count} ${count === 1 ? 'object' : 'objects'}`;
const clusters = (count: number) => `${count} ${count === 1 ? 'cluster' : 'clusters'}`;

/** Words about what a release left of earlier ones. */
export const t = {
  asks: (count: number, places: number) =>
    `${objects(count)} of earlier releases ${count === 1 ? 'is' : 'are'} still there, in ${clusters(places)}: say whether ${count === 1 ? 'it goes' : 'they go'}.`,
  asksHelp:
    'Everything of this release is out and healthy. What it no longer has stays, as each target lists it, until somebody lets it go; the next release asks again.',
  takeAway: 'Take away …',
  title: (app: string, number: number) => `Take away what ${app} #${number} no longer has`,
  verb: (count: number) => (count === 0 ? 'Take away' : `Take away ${objects(count)}`),
  hint: 'They are deleted in their clusters, last made first, and with them the data that they hold. What is deleted does not come back by a rollback: that makes the objects anew, empty.',
  chooseFirst: 'Tick at least one.',
  left: (count: number) => `${objects(count)} of earlier releases left`,
  going: 'is being taken away',
  why: (why: readonly LeftReason[]) => why.map((reason) => reasons[reason]).join('; '),
} as const;
