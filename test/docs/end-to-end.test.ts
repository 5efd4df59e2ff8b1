import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { codeIn, ROOT, tableBelow } from './documents';

const suite = join(ROOT, 'test/e2e');

test.each([
  ['Kafka', 'kafka', ''],
  ['etcd', 'etcd', ''],
  ['Redis', 'redis|redis-cluster|twemproxy', '/'],
])('the figures of %s have a row for every case of the suite', (heading, systems, between) => {
  const sources = readdirSync(suite)
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => readFileSync(join(suite, file), 'utf8'));
  const cases = sources.flatMap((text) =>
    [...text.matchAll(new RegExp(`e2e\\('(${systems})', '([^']+)'`, 'g'))].map(([, system, name]) =>
      between ? system + between + name : name,
    ),
  );
  expect(cases.length).toBeGreaterThan(10);
  const rows = tableBelow('docs/end-to-end.md', heading).flatMap(([cell]) => codeIn(cell));
  expect(rows.sort()).toEqual(cases.sort());
});
