import chromium from '@sparticuz/chromium';
import { type Browser, chromium as playwright } from 'playwright-core';

const quiet = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Chromium from `CHROMIUM_PATH`, else the one of the npm package, which needs nothing of the system. */
export async function launchBrowser(): Promise<Browser> {
  const given = process.env.CHROMIUM_PATH;
  const executablePath = given ?? (await chromium.executablePath());
  return playwright.launch({
    executablePath,
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
}
