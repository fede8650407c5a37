import { runSql } from '@quarterdeck/database/testing';
import { claimProduct, makeDataFolder, removeDataFolder, startProduct } from '@quarterdeck/testing';
import type { Page } from 'playwright-core';
import { launchBrowser } from '../e2e/setup/browser.ts';
import { databaseUrl } from '../e2e/setup/host.ts';
import { median, percentile, printResult } from './result.ts';

const count = Number(process.argv[2] ?? 2000);
const rounds = Number(process.argv[3] ?? 5);
const goalMs = 100;
/** What somebody types: a name, a label, a version, two words, nothing that matches. */
const typed = ['c-17', 'beijing', 'v1.33', 'staging aws', 'site-3 no', 'nowhere'];

const regions = ['beijing', 'shanghai', 'ningbo', 'frankfurt', 'oregon', 'virginia', 'tokyo', 'mumbai'];
const tiers = ['production', 'staging', 'test', 'development'];
const providers = ['own', 'aws', 'aliyun', 'gcp', 'azure'];
const versions = ['v1.31.9', 'v1.32.5', 'v1.33.2', 'v1.34.4'];
const of = <T>(values: readonly T[], index: number) => values[index % values.length] as T;

/** Registered clusters; paused ones, so that nobody dials what is not there while the page is measured. */
const clusters = Array.from({ length: count }, (_, index) => ({
  slug: `c-${index}`,
  name: `Cluster ${index}`,
  state: index % 41 === 0 ? 'identity_changed' : 'paused',
  version: of(versions, Math.floor(index / 3)),
  labels: {
    tier: of(tiers, Math.floor(index / 7)),
    region: of(regions, index),
    site: `site-${index % 60}`,
    provider: of(providers, Math.floor(index / 5)),
  },
}));

/**
 * From a key in the filter of Clusters until the rows it leaves are painted, with 2,000 registered clusters: rows in
 * PostgreSQL, the built portal, a real browser. Baseline: a frame of this browser while nothing happens.
 */
const dataDir = await makeDataFolder();
const product = await startProduct({ dataDir, args: ['--no-demo'] });
const browser = await launchBrowser();
try {
  await product.ready();
  const { cookie } = await claimProduct(product);
  const rows = JSON.stringify(clusters).replaceAll("'", "''");
  await runSql(
    await databaseUrl({ dataDir }),
    `INSERT INTO clusters_cluster (id, slug, display_name, color, labels, server, state, version, latency_ms, seen_at)
     SELECT uuidv7(), slug, name, 0, labels, 'https://' || slug || '.example.com', state, version, 12, now()
     FROM jsonb_to_recordset('${rows}'::jsonb) AS given(slug text, name text, state text, version text, labels jsonb)`,
  );
  const [name = '', value = ''] = cookie.split('=', 2);
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  await context.addCookies([{ name, value, url: product.origin }]);
  const page = await context.newPage();
  await page.goto(`${product.origin}/clusters`);
  await page.getByText(`${count.toLocaleString('en-US')} of ${count.toLocaleString('en-US')}`).waitFor();
  const frames = await framesOf(page, 30);
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    for (const words of typed) times.push(...(await type(page, words)));
  }
  const [p50, p95, frame] = [median(times), percentile(times, 0.95), median(frames)].map(Math.round) as [
    number,
    number,
    number,
  ];
  process.stdout.write(`keys typed            ${times.length}, ${count} clusters\n`);
  process.stdout.write(`key → painted, p50    ${p50} ms\n`);
  process.stdout.write(`key → painted, p95    ${p95} ms\n`);
  process.stdout.write(`one frame             ${frame} ms\n`);
  printResult({
    figure: 'clusters-2000',
    value: p95,
    unit: 'ms',
    baseline: frame,
    goal: goalMs,
    more: { p50Ms: p50, keys: times.length, clusters: count },
  });
} finally {
  await browser.close();
  await product.stop();
  await removeDataFolder(dataDir);
}

/** Types into the empty filter and takes it back, key by key; ms from each key to the rows it leaves. */
async function type(page: Page, words: string): Promise<number[]> {
  const times: number[] = [];
  await page.getByLabel('Filter clusters').focus();
  for (let length = 1; length <= words.length; length += 1) {
    times.push(await press(page, words.charAt(length - 1), words.slice(0, length)));
  }
  for (let length = words.length - 1; length >= 0; length -= 1) {
    times.push(await press(page, 'Backspace', words.slice(0, length)));
  }
  return times;
}

/** What is shown is compared with what the data say: a fast wrong answer is no answer. */
async function press(page: Page, key: string, filter: string): Promise<number> {
  const left = clusters.filter((cluster) => matches(cluster, filter)).length;
  const shown = `${left.toLocaleString('en-US')} of ${count.toLocaleString('en-US')}`;
  // Armed before the key is pressed: input overtakes what is evaluated.
  await page.evaluate(
    ([text = '', typedSoFar = '']) => {
      const field = document.querySelector<HTMLInputElement>('input[data-filter]');
      window.painted = new Promise((resolve, reject) => {
        field?.addEventListener(
          'keydown',
          ({ timeStamp }) => {
            const look = () => {
              const waited = performance.now() - timeStamp;
              if (waited > 10_000) return reject(new Error(`not shown after 10 s: ${text} for ${typedSoFar}`));
              const shown = document.querySelector('.filters')?.textContent ?? '';
              if (field.value !== typedSoFar || !shown.includes(text)) return requestAnimationFrame(look);
              // After the frame that paints it.
              const channel = new MessageChannel();
              channel.port1.onmessage = () => resolve(performance.now() - timeStamp);
              requestAnimationFrame(() => channel.port2.postMessage(undefined));
            };
            requestAnimationFrame(look);
          },
          { once: true },
        );
      });
    },
    [shown, filter],
  );
  await page.keyboard.press(key === ' ' ? 'Space' : key);
  return page.evaluate(() => window.painted);
}

declare global {
  interface Window {
    painted: Promise<number>;
  }
}

function matches(cluster: (typeof clusters)[number], filter: string): boolean {
  const { slug, name, state, version, labels } = cluster;
  const text = [slug, name, state, version, ...Object.entries(labels).flat()].join(' ').toLowerCase();
  return filter
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

function framesOf(page: Page, many: number): Promise<number[]> {
  return page.evaluate(async (wanted) => {
    const frames: number[] = [];
    let last = performance.now();
    while (frames.length < wanted) {
      const now = await new Promise<number>(requestAnimationFrame);
      frames.push(now - last);
      last = now;
    }
    return frames;
  }, many);
}
