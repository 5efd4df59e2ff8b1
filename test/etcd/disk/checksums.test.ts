import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fnv1a64 } from '../../../lib/etcd/disk/bbolt-page';
import { crc32c } from '../../../lib/etcd/disk/crc32c';

describe('checksums', () => {
  // https://www.rfc-editor.org/rfc/rfc3720#appendix-B.4 and the check value of the catalogue of CRCs.
  it.each([
    ['123456789', Buffer.from('123456789'), 0xe3069283],
    ['zeros', Buffer.alloc(32), 0x8a9136aa],
    ['ones', Buffer.alloc(32, 0xff), 0x62a8ab43],
    ['nothing', Buffer.alloc(0), 0],
  ])('CRC-32C of %s', (_, bytes, crc) => {
    expect(crc32c(bytes)).toBe(crc);
  });

  it('CRC-32C goes on', () => {
    const bytes = fc.uint8Array({ maxLength: 50 });
    fc.assert(
      fc.property(bytes, bytes, (one, two) => {
        expect(crc32c(two, crc32c(one))).toBe(crc32c(Buffer.concat([one, two])));
      }),
    );
  });

  // http://www.isthe.com/chongo/tech/comp/fnv/
  it.each([
    ['', 0xcbf29ce484222325n],
    ['a', 0xaf63dc4c8601ec8cn],
    ['foobar', 0x85944171f73967e8n],
  ])('FNV-1a of %j', (text, hash) => {
    expect(fnv1a64(Buffer.from(text))).toBe(hash);
  });
});
