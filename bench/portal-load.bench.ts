import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { claimProduct, makeDataFolder, removeDataFolder, startProduct } from '@quarterdeck/testing';
import type { Page, Response } from 'playwright-core';
import { launchBrowser } from '../e2e/setup/browser.ts';
import { median, percentile, printResult } from './result.ts';

const rounds = 10;
const routes = ['/applications', '/releases', '/templates', '/clusters', '/workloads', '/nodes', '/inventory', '/'];
const routeGoalMs = 200;
const kilobyte = 1000;
const assets = fileURLToPath(new URL('../apps/web/dist/assets/', import.meta.url));

/**
 * What a browser loads before the first page stands, and how long a click in the menu takes until the next one does,
 * on the demo fleet. Baselines: all scripts of the portal; a frame of this browser.
 */
const folder = await makeDataFolder();
const product = await startProduct({ dataDir: folder });
const browser = await launchBrowser();
try {
  await product.ready();
  const { cookie } = await claimProduct(product);
  const [name = '', value = ''] = cookie.split('=', 2);
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  await context.addCookies([{ name, value, url: product.origin }]);
  const page = await context.newPage();

  const scripts: Promise<number>[] = [];
  const note = (response: Response) => {
    if (response.url().endsWith('.js')) scripts.push(response.body().then((body) => gzipSync(body).length));
  };
  page.on('response', note);
  await page.goto(product.origin);
  await page.waitForFunction(() => document.querySelector('main h1') && !document.querySelector('main [aria-busy]'));
  page.off('response', note);
  const firstLoad = sum(await Promise.all(scripts));
  const everything = sum(await Promise.all((await readdir(assets)).filter(isScript).map(gzipSize)));

  const times: number[] = [];
  const frames: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    for (const route of routes) times.push(await changeTo(page, route));
    frames.push(await nextFrame(page));
  }
  const [p50, p95] = [median(times), percentile(times, 0.95)].map(Math.round) as [number, number];
  const kb = (bytes: number) => Math.round(bytes / kilobyte);
  process.stdout.write(`scripts before the first page, gzip  ${kb(firstLoad)} kB of ${kb(everything)} kB\n`);
  process.stdout.write(`route change, p50 and p95            ${p50} ms, ${p95} ms\n`);
  process.stdout.write(`one frame                            ${Math.round(median(frames))} ms\n`);
  printResult({
    figure: 'portal-load',
    value: kb(firstLoad),
    unit: 'kB',
    baseline: kb(everything),
    goal: 250,
    ok: kb(firstLoad) <= 250 && p95 <= routeGoalMs,
    more: { routeP50Ms: p50, routeP95Ms: p95, routeGoalMs, frameMs: Math.round(median(frames)) },
  });
} finally {
  await browser.close();
  await product.stop();
  await removeDataFolder(folder);
}

/** Clicks the menu entry; ms until the new page stands with its data, told in the page itself. */
function changeTo(page: Page, route: string): Promise<number> {
  return page.evaluate(async (to) => {
    const heading = () => document.querySelector('main h1')?.textContent;
    const before = heading();
    const started = performance.now();
    document.querySelector<HTMLAnchorElement>(`nav a[href="${to}"]`)?.click();
    while (
      location.pathname !== to ||
      heading() === before ||
      heading() === undefined ||
      document.querySelector('main [aria-busy]') !== null
    ) {
      if (performance.now() - started > 10_000) throw new Error(`${to} does not stand after 10 s`);
      await new Promise(requestAnimationFrame);
    }
    return performance.now() - started;
  }, route);
}

function nextFrame(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const started = performance.now();
    await new Promise(requestAnimationFrame);
    return performance.now() - started;
  });
}

function isScript(file: string): boolean {
  return file.endsWith('.js');
}

async function gzipSize(file: string): Promise<number> {
  return gzipSync(await readFile(`${assets}${file}`)).length;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
