/** One row of docs/security/faults.md. */
export type FaultRow = {
  id: string;
  /** Test files and benchmarks, each with the title that it is named with. */
  shown: { where: string; title: string | undefined }[];
  mutants: string[];
};

export function faultRowsOf(page: string): FaultRow[] {
  return page
    .split('\n')
    .filter((line) => /^\| [FR]\d\d +\|/.test(line))
    .map((line) => {
      const cells = line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim());
      const [shown = '', seen = ''] = cells.slice(-2);
      return {
        id: cells[0] ?? '',
        shown: [...shown.matchAll(/`([^`]+)`(?: “([^”]+)”)?/g)].map(([, where = '', title]) => ({ where, title })),
        mutants: [...seen.matchAll(/`([a-z]+(?:-[a-z]+)+)`/g)].map((match) => match[1] ?? ''),
      };
    });
}

export type FaultEvidence = {
  /** Text of a test file, if there is one. */
  read: (file: string) => string | undefined;
  isBench: (name: string) => boolean;
  /** Mutant → files whose tests must catch it. */
  mutants: ReadonlyMap<string, ReadonlySet<string>>;
};

/** One sentence per row that does not hold. */
export function brokenFaultRows(rows: readonly FaultRow[], evidence: FaultEvidence): string[] {
  return rows.flatMap(({ id, shown, mutants }) => [
    ...(shown.length === 0 ? [`${id}: names no test`] : []),
    ...shown.flatMap(({ where, title }) => {
      const bench = /^npm run bench -- (\S+)$/.exec(where)?.[1];
      if (bench !== undefined) return evidence.isBench(bench) ? [] : [`${id}: there is no benchmark ${bench}`];
      const text = evidence.read(where);
      if (text === undefined) return [`${id}: ${where} does not exist`];
      if (title === undefined) return [`${id}: ${where} is named without a title`];
      return text.includes(title) ? [] : [`${id}: ${where} has no title with “${title}”`];
    }),
    ...mutants.flatMap((name) => {
      const files = evidence.mutants.get(name);
      if (files === undefined) return [`${id}: there is no mutant ${name}`];
      return shown.some(({ where }) => files.has(where)) ? [] : [`${id}: no test of this row catches ${name}`];
    }),
  ]);
}
