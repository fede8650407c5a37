/** Words of the frame around every page. */
export const t = {
  product: 'Quarterdeck',
  search: 'Search or go to',
  live: 'Live',
  reconnecting: 'Reconnecting',
  theme: 'Theme',
  main: 'Main',
  skip: 'Skip to the page',
  sessionEnded: 'Your session has ended. Sign in to go on: what you typed is kept.',
  keys: 'Keyboard',
  close: 'Close',
  retry: 'Try again',
  home: 'Home',
  notFound: 'There is no such page',
  notFoundHint: 'The address may be mistyped, or what it named is gone.',
  pageFailed: 'This page failed',
} as const;

/** The keyboard map of `?`. */
export const keyMap: readonly (readonly [string, string])[] = [
  ['Ctrl+K', 'Search every object, go to any page'],
  ['/', 'Filter this list'],
  ['?', 'This map'],
  ['Esc', 'Close the top layer'],
  ['j k, arrows', 'Move in a list'],
  ['Enter, o', 'Open the row'],
  ['g h', 'Home'],
  ['g a', 'Applications'],
  ['g r', 'Releases'],
  ['g t', 'Templates'],
  ['g c', 'Clusters'],
  ['g w', 'Workloads'],
  ['g n', 'Nodes'],
  ['g i', 'Inventory'],
  ['g u', 'Audit'],
];
