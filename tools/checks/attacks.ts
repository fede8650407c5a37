/** One row of docs/security/attacks.md. */
export type AttackRow = { id: string; tests: string[]; mutants: string[]; missing: string | undefined };

/** Ids of the catalogue: none may be lost from the page. */
export const attackIds = Array.from({ length: 60 }, (_, index) => `S${String(index + 1).padStart(2, '0')}`);

/** What would show that a surface has been built, in files that are no tests. */
export const surfaces: Readonly<Record<string, { file: RegExp; text: RegExp }>> = {
  proxy: { file: /^(apps\/api\/src|packages\/kubernetes\/src\/proxy)\//, text: /['"`]\/k8s\/clusters/ },
  preview: { file: /^apps\/api\/src\//, text: /PREVIEW_ORIGIN/ },
  hooks: { file: /^packages\/contracts\/src\//, text: /path: '\/hooks\// },
  'log-search': { file: /^packages\/contracts\/src\//, text: /permission: 'logs:query'/ },
};

export function rowsOf(page: string): AttackRow[] {
  return page
    .split('\n')
    .filter((line) => /^\| S\d\d \|/.test(line))
    .map((line) => {
      const [, id = '', , test = '', mutant = ''] = line.split('|').map((cell) => cell.trim());
      const named = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '');
      const missing = /^(not built|owed): .+/.test(test) ? test : undefined;
      return { id, tests: missing === undefined ? named(test) : [], mutants: named(mutant), missing };
    });
}

export type Evidence = {
  /** Text of a test file, if there is one. */
  read: (file: string) => string | undefined;
  /** Mutant → ids it must be caught by. */
  mutants: ReadonlyMap<string, ReadonlySet<string>>;
  /** Files that show a surface. */
  builtIn: (surface: string) => string | undefined;
};

/** One sentence per row that does not hold. */
export function brokenRows(rows: readonly AttackRow[], evidence: Evidence): string[] {
  return rows.flatMap(({ id, tests, mutants, missing }) => {
    const surface = /^not built: (\S+)$/.exec(missing ?? '')?.[1];
    if (surface !== undefined) {
      const file = surfaces[surface] === undefined ? 'no such surface is known' : evidence.builtIn(surface);
      return file === undefined
        ? []
        : [`${id}: ${surface} is said to be missing, but: ${file}. Write the attack test.`];
    }
    if (missing !== undefined) return [];
    if (tests.length === 0) return [`${id}: names no test`];
    return [
      ...tests.flatMap((file) => {
        const text = evidence.read(file);
        if (text === undefined) return [`${id}: ${file} does not exist`];
        return new RegExp(`\\b${id}\\b`).test(text) ? [] : [`${id}: no title of ${file} holds it`];
      }),
      ...mutants
        .filter((name) => evidence.mutants.get(name)?.has(id) !== true)
        .map((name) => `${id}: no mutant ${name} is caught by it`),
    ];
  });
}
