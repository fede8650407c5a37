import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

type Violation = { id: string; help: string; nodes: { html: string }[] };

/** Puts axe into every page before its own scripts, so that the content security policy stays as it is. */
export async function installAxe(page: Page): Promise<void> {
  const source = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  await page.addInitScript(source);
}

/** What axe finds on the page as it is: nothing, or what and where. Needs `installAxe` before. */
export async function accessibilityViolations(page: Page): Promise<string[]> {
  const found = await page.evaluate(async () => {
    const { axe } = window as unknown as { axe: { run: () => Promise<{ violations: Violation[] }> } };
    return (await axe.run()).violations;
  });
  return found.map((violation) => `${violation.id}: ${violation.help}: ${violation.nodes[0]?.html.slice(0, 160)}`);
}
