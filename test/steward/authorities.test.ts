import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { certificatesIn, newestSince } from '../../lib/steward/authorities';
import { Authority, opensslMissing } from '../support/certificates';

const from = (...times: string[]) => times.map((validFrom) => ({ validFrom }));
const NOW = Date.parse('2024-06-01T00:00:00Z');
const EARLIER = 'Jan  1 00:00:00 2024 GMT';
const LATER = 'Mar  1 12:00:00 2024 GMT';
const FUTURE = 'Jul  1 00:00:00 2024 GMT';

describe('certificates are what they are since', () => {
  it.each([
    ['never where there are none', from(), undefined],
    ['the only one is valid', from(EARLIER), '2024-01-01T00:00:00.000Z'],
    ['the newest is valid', from(EARLIER, LATER, EARLIER), '2024-03-01T12:00:00.000Z'],
    ['the newest that is valid already', from(LATER, FUTURE), '2024-03-01T12:00:00.000Z'],
    ['never where none is valid yet', from(FUTURE), undefined],
  ])('%s', (_, certificates, since) => {
    expect(newestSince(certificates, NOW)?.toISOString()).toBe(since);
  });
});

it('a text without certificates has none', () => {
  expect(certificatesIn('')).toEqual([]);
  expect(certificatesIn('-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n')).toEqual([]);
});

it('a certificate that cannot be read is told', () => {
  expect(() => certificatesIn('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n')).toThrow();
});

describe.skipIf(opensslMissing)(
  `a bundle of certificates${opensslMissing ? ` (skipped: ${opensslMissing})` : ''}`,
  () => {
    const root = fs.mkdtempSync(path.join(os.tmpdir(), 'authorities-'));
    afterAll(() => fs.rmSync(root, { recursive: true, force: true }));

    it('is read in its order, whatever stands between them', () => {
      const authority = new Authority(path.join(root, 'authority'));
      const { cert, ca } = authority.issue(path.join(root, 'server'), 'server');
      const text = [cert, ca].map((file) => fs.readFileSync(file, 'utf8')).join('\n# the authority\n');
      expect(certificatesIn(text).map(({ subject }) => subject)).toEqual(['CN=server', 'CN=authority']);
    });
  },
);
