import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { afterEach } from 'vitest';
import { openPages } from './browser.ts';

const mostCharacters = 1500;
/** Nothing new is waited for: a page that is this slow to tell has hung. */
const lookMs = 20_000;

/** Set up for every spec: a step that fails says what the pages showed then, and keeps a picture of each. */
afterEach(async ({ task }) => {
  if (task.result?.state !== 'fail') return;
  const folder = path.join('artefacts', path.basename(task.file.filepath, '.spec.ts'));
  const root = fileURLToPath(new URL('../../', import.meta.url));
  await mkdir(path.join(root, folder), { recursive: true });
  const step = task.name.replace(/[^\w]+/g, '-').slice(0, 60);
  const shown: string[] = [];
  for (const [index, page] of openPages().entries()) {
    const picture = path.join(folder, `failed-${step}-${index + 1}.png`);
    const kept = await page.screenshot({ path: path.join(root, picture), timeout: lookMs }).then(
      () => picture,
      (problem: Error) => `no picture: ${problem.message}`,
    );
    shown.push(`${page.url()} (${kept})\n${await textOf(page)}`);
  }
  throw new Error(`When it failed, these pages were open:\n\n${shown.join('\n\n')}\n`);
});

/** What a person reads on it: of its dialogs and of the page without its frame, else all there is. */
async function textOf(page: Page): Promise<string> {
  const read = async () => {
    const parts = await page.locator('[role=dialog], [role=alertdialog], dialog[open], main').allInnerTexts();
    const texts = parts.length > 0 ? parts : await page.locator('body').allInnerTexts();
    return texts
      .map((text) =>
        text
          .replace(/\s*\n\s*/g, '\n')
          .trim()
          .slice(0, mostCharacters),
      )
      .join('\n…\n');
  };
  const tooLate = new AbortController();
  return Promise.race([
    read().catch((problem: Error) => `(unreadable: ${problem.message})`),
    setTimeout(lookMs, '(it does not answer)', { signal: tooLate.signal }),
  ]).finally(() => tooLate.abort());
}
