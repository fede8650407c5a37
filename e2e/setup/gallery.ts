import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { accessibilityViolations } from './accessibility.ts';

const sizes = [
  { width: 1920, height: 1080 },
  { width: 1280, height: 900 },
];

export type Gallery = {
  /** One look in both themes and widths. */
  look(page: Page, name: string): Promise<void>;
  /** The page as it is now. */
  keep(page: Page, name: string): Promise<void>;
  /** What axe found in all looks so far, to be judged at once. */
  violations: string[];
};

/**
 * Screenshots of pages that have axe, kept in a folder of the artefacts.
 * @param options.judgeEachWidth axe at both widths; without it at the narrow one, where things run into each other
 */
export async function openGallery(folder: string, options: { judgeEachWidth?: boolean } = {}): Promise<Gallery> {
  const artefacts = fileURLToPath(new URL(`../../artefacts/${folder}/`, import.meta.url));
  await mkdir(artefacts, { recursive: true });
  const violations: string[] = [];
  const keep: Gallery['keep'] = async (page, name) => {
    await page.screenshot({ path: `${artefacts}${name}.png` });
  };
  return {
    violations,
    keep,
    async look(page, name) {
      const judge = async (where: string) =>
        violations.push(...(await accessibilityViolations(page)).map((found) => `${name} in ${where}: ${found}`));
      await page.evaluate(() => document.fonts.ready);
      for (const theme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme: theme });
        for (const [index, size] of sizes.entries()) {
          await page.setViewportSize(size);
          await keep(page, `${name}-${theme}-${size.width}`);
          if (options.judgeEachWidth === true || index === sizes.length - 1) await judge(`${theme} at ${size.width}`);
        }
      }
    },
  };
}
