import type { Browser, Page } from 'playwright-core';
import { launchBrowser, openPage } from './browser.ts';

export type Answer<B = unknown> = { status: number; body: B };

/** The people of a journey, each in a browser of their own, with what their pages complained about. */
export type People = {
  /** A browser without a session. Certificates of a provider in the test are trusted as a company's would be. */
  enter(): Promise<Page>;
  /** Errors that pages threw or wrote to their console; refused requests are answers and do not count. */
  complaints: readonly string[];
  leave(): Promise<void>;
};

export function createPeople(): People {
  const browsers: Browser[] = [];
  const complaints: string[] = [];
  return {
    complaints,
    async enter() {
      // Contexts of one browser in a single process share their cookies.
      const browser = await launchBrowser();
      browsers.push(browser);
      const page = await openPage(browser, { ignoreHTTPSErrors: true });
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('console', (message) => {
        if (message.type() === 'error' && !/Failed to load resource|Unexpected response code: 429/.test(message.text()))
          complaints.push(message.text());
      });
      return page;
    },
    async leave() {
      for (const browser of browsers) await browser.close();
    },
  };
}

/** The API as the page's own scripts reach it, at the server the page is of. */
export function ask<B>(page: Page, method: string, path: string, body?: object): Promise<Answer<B>> {
  return page.evaluate(
    async ({ method, path, body }) => {
      const answer = await fetch(`/api/v1${path}`, {
        method,
        ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      });
      return { status: answer.status, body: await answer.json().catch(() => ({})) };
    },
    { method, path, body },
  );
}

/** A program that signs in with a token and nothing else. */
export function program(origin: string, token: string) {
  return async <B>(method: string, path: string, body?: object): Promise<Answer<B>> => {
    const answer = await fetch(`${origin}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.status, body: (await answer.json().catch(() => ({}))) as B };
  };
}

/**
 * Opens live sockets as the person of a page until so many of theirs are open; the page's own are among them.
 * @returns what closes them again
 */
export async function holdStreams(page: Page, origin: string, most: number): Promise<() => Promise<void>> {
  // A page would open one after the other, and ever more slowly.
  const cookie = (await page.context().cookies(origin)).map(({ name, value }) => `${name}=${value}`).join('; ');
  const open = () =>
    new Promise<WebSocket | undefined>((resolve) => {
      const options = { protocols: ['quarterdeck.live.v1'], headers: { cookie, origin } };
      const socket = new WebSocket(`${origin.replace('http', 'ws')}/api/v1/live`, options as never);
      socket.onopen = () => resolve(socket);
      socket.onerror = () => resolve(undefined);
    });
  const opened = await Promise.all(Array.from({ length: most }, open));
  const held = opened.filter((socket) => socket !== undefined);
  return async () => {
    const closed = held.map((socket) => new Promise((resolve) => socket.addEventListener('close', resolve)));
    for (const socket of held) socket.close();
    await Promise.all(closed);
  };
}
