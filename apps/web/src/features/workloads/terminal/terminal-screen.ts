import { FitAddon } from '@xterm/addon-fit';
import { Terminal } from '@xterm/xterm';
import '@xterm/xterm/css/xterm.css';

export type Screen = {
  write: (content: string | Uint8Array) => void;
  size: () => { columns: number; rows: number };
  focus: () => void;
  dispose: () => void;
};

/** The colours of the page, as they are now. */
const theme = () => ({ background: color('--sunken'), foreground: color('--text'), cursor: color('--text') });
const color = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/**
 * xterm in a box: links, clipboard writes and reports of the terminal stay off, so that what a container prints can do
 * nothing but be read.
 */
export function openScreen(
  box: HTMLElement,
  handlers: { typed: (text: string) => void; resized: (columns: number, rows: number) => void },
): Screen {
  const terminal = new Terminal({
    fontFamily: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace',
    fontSize: 13,
    scrollback: 5000,
    cursorBlink: false,
    screenReaderMode: true,
    theme: theme(),
  });
  const fit = new FitAddon();
  terminal.loadAddon(fit);
  withNonce(() => terminal.open(box));
  fit.fit();
  terminal.onData(handlers.typed);
  terminal.onResize(({ cols, rows }) => handlers.resized(cols, rows));
  // The way out that every region of the page has.
  terminal.attachCustomKeyEventHandler((event) => !(event.ctrlKey && event.key === 'F6'));
  const resized = new ResizeObserver(() => fit.fit());
  resized.observe(box);
  const recoloured = new MutationObserver(() => {
    terminal.options.theme = theme();
  });
  recoloured.observe(document.documentElement, { attributeFilter: ['data-theme'] });
  return {
    write: (content) => terminal.write(content),
    size: () => ({ columns: terminal.cols, rows: terminal.rows }),
    focus: () => terminal.focus(),
    dispose() {
      resized.disconnect();
      recoloured.disconnect();
      terminal.dispose();
    },
  };
}

/**
 * xterm writes its colours and sizes into style elements that it makes when it opens, and the policy of the page lets
 * styles in by its nonce alone; xterm has no word for a nonce. For that one call the document gives them theirs.
 */
function withNonce(open: () => void): void {
  const nonce = document.querySelector<HTMLMetaElement>('meta[property=csp-nonce]')?.nonce ?? '';
  const create = document.createElement.bind(document);
  document.createElement = ((name: string, options?: ElementCreationOptions) => {
    const element = create(name, options);
    if (element instanceof HTMLStyleElement) element.nonce = nonce;
    return element;
  }) as typeof document.createElement;
  try {
    open();
  } finally {
    // The document's own is that of its prototype.
    Reflect.deleteProperty(document, 'createElement');
  }
}
