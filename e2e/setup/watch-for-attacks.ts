import type { Page } from 'playwright-core';

const mark = 'a broken policy:';

/**
 * Notices what a name that became more than text would do: a dialog, a report of the content security policy, markup or
 * a script that trusted types refused. Call it before the page goes anywhere.
 * @returns what was noticed, a line each, as it comes
 */
export async function watchForAttacks(page: Page): Promise<string[]> {
  const signs: string[] = [];
  page.on('dialog', (dialog) => {
    signs.push(`a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('pageerror', (error) => signs.push(`an error: ${error.message}`));
  page.on('console', (message) => {
    const text = message.text();
    if (text.startsWith(mark) || /Content Security Policy|Trusted|is not taken|Only own scripts/.test(text))
      signs.push(text);
  });
  // Reports leave in the background, where no request of the page shows: the event is what tells.
  await page.addInitScript((said) => {
    addEventListener('securitypolicyviolation', (event) => {
      console.warn(`${said} ${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
    });
  }, mark);
  return signs;
}
