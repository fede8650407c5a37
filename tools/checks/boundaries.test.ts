import { describe, expect, it } from 'vitest';
import { brokenBoundaries, featureOrder, importCycles } from './boundaries.ts';
import { importsOf, readProjectFile, readSources } from './sources.ts';

const order = featureOrder(readProjectFile('ARCHITECTURE.md'));
const sources = readSources();

describe('imports', () => {
  it('follow the feature order and use front doors', () => {
    expect(sources.length).toBeGreaterThan(50);
    expect(brokenBoundaries(sources, order)).toEqual([]);
  });

  it('make no cycle', () => {
    expect(importCycles(sources)).toEqual([]);
  });
});

describe('the check itself', () => {
  const from = (file: string, ...imports: string[]) => brokenBoundaries([{ file, imports }], order);

  it('sees an import against the order', () => {
    expect(from('apps/api/src/features/audit/a.ts', 'apps/api/src/features/access/index.ts')).toHaveLength(1);
    expect(from('apps/api/src/features/access/a.ts', 'apps/api/src/features/audit/index.ts')).toEqual([]);
  });

  it('sees an import past a front door, from a feature or from outside', () => {
    expect(from('apps/api/src/features/access/a.ts', 'apps/api/src/features/audit/audit.store.ts')).toHaveLength(1);
    expect(from('apps/api/src/app.ts', 'apps/api/src/features/audit/audit.store.ts')).toHaveLength(1);
  });

  it('sees a package that imports the wrong way, or by path', () => {
    expect(from('packages/contracts/src/a.ts', '@quarterdeck/api')).toHaveLength(1);
    expect(from('packages/kubernetes/src/a.ts', '@quarterdeck/database')).toHaveLength(1);
    expect(from('apps/web/src/a.ts', 'packages/ui/src/table.tsx')).toHaveLength(1);
    expect(from('apps/api/src/platform/a.ts', 'apps/api/src/features/audit/index.ts')).toHaveLength(1);
  });

  it('sees a cycle', () => {
    const cycle = [
      { file: 'a.ts', imports: ['b.ts'] },
      { file: 'b.ts', imports: ['c.ts'] },
      { file: 'c.ts', imports: ['a.ts'] },
    ];
    expect(importCycles(cycle)).toEqual(['a.ts -> b.ts -> c.ts -> a.ts']);
  });

  it('reads every form of import and none in a comment', () => {
    const source = `import a from 'a';\nimport {\n  b,\n} from "b";\nexport * from 'c';\nimport 'd';\nconst e = await import('e');\n// import x from 'x'\n/* import y from 'y' */`;
    expect(importsOf(source).sort()).toEqual(['a', 'b', 'c', 'd', 'e']);
  });
});
