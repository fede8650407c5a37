/** One HTTP request of a channel, and how its answer is read. */
export type NoticeRequest = {
  url: string;
  headers: Record<string, string>;
  body: string;
  /** Why an answer 200 is no success all the same; `undefined` when it is one. */
  whyRefused(body: string): string | undefined;
};

export type NoticeInput = {
  /** The same for the same notice, however often it is sent. */
  id: string;
  url: string;
  signingSecret: string | undefined;
  at: Date;
  payload: { event: string; text: string; url: string; release: string } & Record<string, unknown>;
};

/** The number and the words in which chat services say no with a 200. */
export function refusalInJson(body: string, codes: readonly string[], words: readonly string[]): string | undefined {
  let answer: unknown;
  try {
    answer = JSON.parse(body);
  } catch {
    return 'it answered something that is not JSON';
  }
  const fields = new Map(Object.entries(typeof answer === 'object' && answer !== null ? answer : {}));
  const code = codes.map((name) => fields.get(name)).find((value) => typeof value === 'number');
  if (code === undefined || code === 0) return undefined;
  const said = words.map((name) => fields.get(name)).find((value) => typeof value === 'string');
  return `it refused with code ${code}${
    said === undefined
      ? ''
      : ` (${String(said)
          .replaceAll(/[^\x20-\x7e]/g, ' ')
          .slice(0, 100)})`
  }`;
}
