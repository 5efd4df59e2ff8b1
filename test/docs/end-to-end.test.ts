import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { codeIn, ROOT, tableBelow } from './documents';

const suite = join(ROOT, 'test/e2e');

test('the figures of Kafka have a row for every case of the suite', () => {
  const sources = readdirSync(suite)
    .filter((file) => /^kafka.*\.test\.ts$/.test(file))
    .map((file) => readFileSync(join(suite, file), 'utf8'));
  const cases = sources.flatMap((text) =>
    [...text.matchAll(/e2e\('kafka', '([^']+)'/g)].map(([, name]) => name),
  );
  expect(cases.length).toBeGreaterThan(10);
  const rows = tableBelow('docs/end-to-end.md', 'Kafka').flatMap(([cell]) => codeIn(cell));
  expect(rows.sort()).toEqual(cases.sort());
});
