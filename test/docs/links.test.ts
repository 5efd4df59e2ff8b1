import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';
import { DOCUMENTS, ROOT, readDocument } from './documents';

const prose = (document: string): string => readDocument(document).replace(/^```[\s\S]*?^```$/gm, '');

/** Anchors of a document's headings, as GitHub makes them. */
function anchors(document: string): Set<string> {
  const found = new Set<string>();
  for (const [, heading] of prose(document).matchAll(/^#+ (.*)$/gm)) {
    const slug = heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(' ', '-');
    let name = slug;
    for (let again = 1; found.has(name); again++) name = `${slug}-${again}`;
    found.add(name);
  }
  return found;
}

test.each(DOCUMENTS)('links within %s lead somewhere', (document) => {
  const broken = [...prose(document).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link]) => link)
    .filter((link) => !/^[a-z]+:/.test(link))
    .filter((link) => {
      const [path, anchor] = link.split('#');
      const target = path === '' ? document : normalize(join(dirname(document), path));
      return !existsSync(join(ROOT, target)) || (anchor !== undefined && !anchors(target).has(anchor));
    });
  expect(broken).toEqual([]);
});

test.each(DOCUMENTS)('%s names no absolute path of a machine', (document) => {
  expect(readDocument(document)).not.toMatch(/\/(home|root|Users|work)\//);
});
