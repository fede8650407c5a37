import type { ShellEnding } from './pod-shell.ts';

/** Words of a shell in the browser. */
export const t = {
  container: 'Container',
  open: 'Open a shell',
  openNew: 'Open a new shell',
  close: 'Close the shell',
  hint: 'A shell as yourself, by the rights you have in this cluster. That it was opened, how long and how much went through is kept in the audit.',
  shell: (pod: string) => `Shell in ${pod}`,
  opening: 'Opening …',
  connected: 'Connected',
  idleSoon: 'Nothing was typed for 13 minutes. It is closed in two minutes unless you go on.',
  stay: 'Stay',
  closed: 'You closed it.',
  idle: 'It was closed: nothing was typed for 15 minutes.',
  leave: 'Ctrl+F6 leads out of the terminal.',
  pasteAsk: (lines: number) => `Paste ${lines} lines? Each runs as soon as it arrives.`,
  paste: 'Paste',
  cancel: 'Cancel',
  divider: 'a new shell',
  endings(ending: ShellEnding): string {
    switch (ending.kind) {
      case 'exit':
        return ending.code === 0 ? 'The shell ended.' : `The shell ended with exit code ${ending.code}.`;
      case 'failed':
        return `The cluster could not run a shell there: ${ending.detail === '' ? 'it gave no reason' : ending.detail}`;
      case 'refused':
        return `It was closed: ${ending.detail}`;
      case 'cut':
        return 'The connection was cut. What you see stays; the shell itself is gone.';
    }
  },
} as const;
