import { describe, expect, it } from 'vitest';
import { literalTexts } from './portal-texts.ts';
import { projectFiles, readProjectFile } from './sources.ts';

describe('texts of the portal', () => {
  it('stand in tables of messages, not in components', () => {
    const components = projectFiles(/^(apps\/web|packages\/ui)\/src\/.*\.tsx$/).filter(
      (file) => !file.includes('.test.'),
    );
    expect(components.length).toBeGreaterThan(50);
    expect(components.flatMap((file) => literalTexts(file, readProjectFile(file)))).toEqual([]);
  });
});

describe('the check', () => {
  const texts = (jsx: string) => literalTexts('made-up.tsx', `export const A = () => ${jsx};`);

  it.each([
    ['a text between tags', '<p>Nothing yet</p>'],
    ['one of two words', "<p>{open ? 'Close' : t.open}</p>"],
    ['a sentence put together', `<p>{\`\${count} pods fail\`}</p>`],
    ['what comes if', "<p>{failed && 'Try again'}</p>"],
    ['a label for those who listen', '<button aria-label="Close the drawer" />'],
    ['a placeholder', "<input placeholder={'Filter by name'} />"],
  ])('sees %s', (_, jsx) => {
    expect(texts(jsx)).toHaveLength(1);
  });

  it('sees the title of a column and the word of a state', () => {
    expect(literalTexts('a.tsx', "const columns = [{ key: 'name', title: 'Name' }, { word: `Failed` }];")).toHaveLength(
      2,
    );
  });

  it('lets names, classes and signs be', () => {
    expect(
      texts(
        `<p className="muted wide" id={\`row-\${n}\`}>{t.none} / #{n} · {kind} {state === "failed" ? "✕" : ""}</p>`,
      ),
    ).toEqual([]);
    expect(texts('<Link to="/clusters/register" />')).toEqual([]);
  });
});
