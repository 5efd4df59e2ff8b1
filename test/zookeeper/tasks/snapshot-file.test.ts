import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import * as fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { Adler32, verifySnapshot } from '../../../lib/zookeeper/tasks/snapshot-file';
import { sealed, snapshot } from './snapshots';

const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'snapshot-test-'));
afterAll(() => fs.rmSync(directory, { recursive: true, force: true }));

function verify(bytes: Buffer): Promise<{ bytes: number }> {
  const file = path.join(directory, 'snapshot.1');
  fs.writeFileSync(file, bytes);
  return verifySnapshot(file);
}

describe('Adler32', () => {
  it.each<[string, bigint]>([
    ['', 1n],
    ['Wikipedia', 0x11e60398n],
    ['\xff'.repeat(1_000_000), 0x3843e1ben],
  ])('of case %#', (text, value) => {
    expect(new Adler32().update(Buffer.from(text, 'latin1')).value).toBe(value);
  });

  it('does not depend on where its input was cut', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20_000 }), fc.nat(20_000), (bytes, at) => {
        const all = Buffer.from(bytes);
        const pieces = new Adler32().update(all.subarray(0, at)).update(all.subarray(at));
        expect(pieces.value).toBe(new Adler32().update(all).value);
      }),
      { numRuns: 50 },
    );
  });
});

describe('verifySnapshot', () => {
  it('takes a whole one', async () => {
    const small = snapshot();
    expect(await verify(small)).toEqual({ bytes: small.length });
  });

  it('takes one that is read in several pieces, wherever the seal falls', async () => {
    for (const over of [-20, -13, -5, -1, 0, 1, 5, 12, 13, 14]) {
      const large = snapshot(Buffer.alloc((2 << 20) + over - 67, 'x'));
      expect(await verify(large)).toEqual({ bytes: large.length });
    }
  });

  it('refuses what is cut short anywhere but behind a seal', async () => {
    const whole = snapshot();
    const inner = [620 + 1, 620 + 34];
    const accepted: number[] = [];
    for (let length = 0; length < whole.length; length++) {
      const result = await verify(whole.subarray(0, length)).catch((error: Error) => error.message);
      if (typeof result === 'object') accepted.push(length);
      else expect(result).toMatch(/^the snapshot is (cut short|damaged)/);
    }
    // There ZooKeeper itself would take it for one of an older version; backups know the size that was announced.
    expect(accepted).toEqual(inner);
  });

  it('refuses what is damaged at any place', async () => {
    const whole = snapshot();
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const damaged = Buffer.from(whole);
        damaged[at] ^= change;
        await expect(verify(damaged)).rejects.toThrow(/snapshot/);
      }),
      { numRuns: 100 },
    );
  });

  it.each<[string, Buffer, string]>([
    ['is empty', Buffer.alloc(0), 'the snapshot is cut short: 0 bytes'],
    ['is too short', Buffer.from('ZKSN'), 'the snapshot is cut short: 4 bytes'],
    ['is something else', sealed(Buffer.from('<html>')), 'not a snapshot: it does not start with ZKSN'],
    [
      'is compressed',
      Buffer.concat([Buffer.from([0x1f, 0x8b]), snapshot()]),
      'not a snapshot: it does not start with ZKSN',
    ],
    [
      'has no seal',
      Buffer.concat([snapshot(), Buffer.from('x')]),
      'the snapshot is cut short: it does not end with a seal',
    ],
    [
      'has the seal of another',
      Buffer.concat([Buffer.from('ZKSN another'), snapshot().subarray(-13)]),
      'the snapshot is damaged: checksum 438502488, its seal says 1184162153',
    ],
  ])('says what is wrong with one that %s', async (_, bytes, message) => {
    await expect(verify(bytes)).rejects.toThrow(message);
  });
});
