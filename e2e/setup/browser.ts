import chromium from '@sparticuz/chromium';
import { type Browser, type BrowserContextOptions, type Page, chromium as playwright } from 'playwright-core';
import { installAxe } from './accessibility.ts';

const quiet = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** What a page shows sooner or later is waited for this long: how fast a machine is, is no step's business. */
const patienceMs = 60_000;

const running = new Set<Browser>();

/** Chromium from `CHROMIUM_PATH`, else the one of the npm package, which needs nothing of the system. */
export async function launchBrowser(): Promise<Browser> {
  const given = process.env.CHROMIUM_PATH;
  const executablePath = given ?? (await chromium.executablePath());
  const browser = await playwright.launch({
    executablePath,
    timeout: patienceMs * 2,
    args: [
      '--no-sandbox',
      ...quiet,
      ...(given === undefined
        ? chromium.args.filter(
            (arg) => arg.startsWith('--disable-setuid') || arg === '--single-process' || arg === '--no-zygote',
          )
        : []),
    ],
  });
  running.add(browser);
  browser.on('disconnected', () => running.delete(browser));
  return browser;
}

/** A page with cookies of its own, 1280 by 900 pixels unless told, with axe in it. */
export async function openPage(browser: Browser, options: BrowserContextOptions = {}): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, ...options });
  page.setDefaultTimeout(patienceMs);
  await installAxe(page);
  return page;
}

/** The pages of all browsers that this file has running. */
export function openPages(): Page[] {
  return [...running].flatMap((browser) => browser.contexts()).flatMap((context) => context.pages());
}
