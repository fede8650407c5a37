import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectFiles, readProjectFile, root } from './sources.ts';

/** Anchors that a renderer gives to headings. */
function anchorsOf(markdown: string): Set<string> {
  const headings = markdown.replaceAll(/```[\s\S]*?```/g, '').matchAll(/^#+\s+(.*)$/gm);
  return new Set(
    [...headings].map(([, text = '']) =>
      text
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replaceAll(/\s/g, '-'),
    ),
  );
}

/** Decision records that share their number with another one, or that a document calls by another number. */
function wrongNumbers(files: readonly string[], read: (file: string) => string): string[] {
  const numbers = files.map((file) => /^docs\/decisions\/(\d{4})-/.exec(file)?.[1]);
  const twice = files.filter((_, index) => numbers[index] !== undefined && numbers.indexOf(numbers[index]) !== index);
  const titled = files.filter(
    (_, index) => numbers[index] !== undefined && numbers[index] !== read(files[index] ?? '').slice(2, 6),
  );
  const called = files.flatMap((file) =>
    [...read(file).matchAll(/\[[^\]]*?(\d{4})\]\([^)]*decisions\/(\d{4})-/g)]
      .filter(([, said, linked]) => said !== linked)
      .map(([link]) => `${file}: ${link}`),
  );
  return [...twice, ...titled, ...called];
}

/** Links to files and headings of this project that lead nowhere. */
function deadLinks(file: string, markdown: string): string[] {
  const links = [...markdown.replaceAll(/```[\s\S]*?```/g, '').matchAll(/\]\(([^)\s]+)\)/g)].map(
    (match) => match[1] ?? '',
  );
  return links
    .filter((link) => !/^[a-z]+:/.test(link))
    .filter((link) => {
      const [target = '', anchor] = link.split('#');
      const full = target === '' ? file : path.posix.join(path.posix.dirname(file), target);
      if (!existsSync(path.join(root, full))) return true;
      return (
        anchor !== undefined &&
        full.endsWith('.md') &&
        !anchorsOf(target === '' ? markdown : readProjectFile(full)).has(anchor)
      );
    })
    .map((link) => `${file}: ${link}`);
}

describe('documents', () => {
  it('have no dead link', () => {
    expect(projectFiles(/\.md$/).flatMap((file) => deadLinks(file, readProjectFile(file)))).toEqual([]);
  });

  it('call each decision by a number that it alone has', () => {
    const broken: Record<string, string> = {
      'docs/decisions/0001-a.md': '# 0001 A',
      'docs/decisions/0001-b.md': '# 0001 B',
      'docs/decisions/0002-c.md': '# 0003 C',
      'docs/d.md': '[decision 0001](decisions/0002-c.md), [decision 0002](decisions/0002-c.md)',
    };
    expect(wrongNumbers(Object.keys(broken), (file) => broken[file] ?? '')).toEqual([
      'docs/decisions/0001-b.md',
      'docs/decisions/0002-c.md',
      'docs/d.md: [decision 0001](decisions/0002-',
    ]);
    expect(wrongNumbers(projectFiles(/\.md$/), readProjectFile)).toEqual([]);
  });

  it('have a page for every feature of the API', () => {
    const features = new Set(projectFiles(/^apps\/api\/src\/features\//).map((file) => file.split('/')[4]));
    const missing = [...features].filter((feature) => !existsSync(path.join(root, `docs/features/${feature}.md`)));
    expect(missing).toEqual([]);
  });
});

describe('settings', () => {
  it('that the product and the tests read stand in the README', () => {
    const named = (text: string) => new Set(text.match(/QUARTERDECK_[A-Z_]+|DATABASE_URL\b/g) ?? []);
    const read = named(readProjectFile('apps/api/src/config.ts'));
    expect(read.size).toBeGreaterThan(15);
    const told = named(readProjectFile('README.md'));
    expect([...read].filter((name) => !told.has(name))).toEqual([]);
  });
});

describe('the check itself', () => {
  it('sees a missing file and a missing heading', () => {
    const markdown =
      '# Title here\n[a](README.md) [b](no-such.md) [c](#title-here) [d](#nowhere) [e](https://example.com)';
    expect(deadLinks('README.md', markdown)).toEqual(['README.md: no-such.md', 'README.md: #nowhere']);
  });
});
