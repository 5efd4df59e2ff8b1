import { describe, expect, it } from 'vitest';
import { EtcdError, type HashKv } from '../../../lib/etcd/api/types';
import type { SnapshotFacts } from '../../../lib/etcd/disk/snapshot-file';
import { compareWith, countKeys, DataDiffers } from '../../../lib/etcd/tasks/compare';
import { candidate } from './fake-members';

// Compacted up to 3, it has the hash 300; as far as 5, 500.
const snapshot: SnapshotFacts = {
  bytes: 1,
  sha256: '',
  revision: 9n,
  compactRevision: 3n,
  changes: 9,
  keys: 4,
  hashKv: (compacted = 3n) => (compacted < 3n ? undefined : Number(compacted) * 100),
};
const patience = { tries: 3, pauseMs: 1 };
const refused = (message: string) => new EtcdError(`etcdserver: mvcc: ${message}`, 11);
const FUTURE = refused('required revision is a future revision');
const COMPACTED = refused('required revision has been compacted');

/** A member that answers so, one after the other, the last for ever. */
function answering(name: string, ...answers: (Error | readonly [hash: number, compactRevision: bigint])[]) {
  const asked: (bigint | undefined)[] = [];
  const hashKv = async (revision?: bigint): Promise<HashKv> => {
    const answer = answers[Math.min(asked.push(revision), answers.length) - 1];
    if (answer instanceof Error) throw answer;
    return { hash: answer[0], compactRevision: answer[1], hashRevision: revision ?? 0n };
  };
  return { asked, ...candidate(name, { hashKv }) };
}

describe('compareWith', () => {
  const compare = (...others: ReturnType<typeof answering>[]) =>
    compareWith(others, snapshot, 'a:1', patience);

  it('asks the others at the revision of the snapshot', async () => {
    const [b, c] = [answering('b:1', [300, 3n]), answering('c:1', [300, 3n])];
    expect(await compare(b, c)).toEqual({ hashKv: 300, with: 'b:1' });
    expect([b.asked, c.asked]).toEqual([[9n], []]);
  });

  it('makes the hash as the other does that has compacted further', async () => {
    expect(await compare(answering('b:1', [500, 5n]))).toEqual({ hashKv: 500, with: 'b:1' });
  });

  it('waits for one that is behind, with changes or with a compaction', async () => {
    const behind = answering('b:1', FUTURE, [200, 2n], [300, 3n]);
    expect(await compare(behind)).toEqual({ hashKv: 300, with: 'b:1' });
    expect(behind.asked).toHaveLength(3);
  });

  it('asks the next where one cannot tell', async () => {
    const others = [
      answering('b:1', COMPACTED),
      answering('c:1', FUTURE),
      answering('d:1', new Error('d:1: gone')),
    ];
    expect(await compare(...others, answering('e:1', [300, 3n]))).toEqual({ hashKv: 300, with: 'e:1' });
    expect(await compare(...others, answering('e:1', [100, 1n]))).toEqual({
      hashKv: 300,
      unknown:
        'b:1: it has compacted further meanwhile; c:1: etcdserver: mvcc: required revision is a future revision; d:1: gone; ' +
        'e:1: it has not compacted up to 3 yet',
    });
    expect(others[0].asked).toHaveLength(2);
  });

  it('fails where the data is not the same, whatever others would say', async () => {
    const c = answering('c:1', [300, 3n]);
    await expect(compare(answering('b:1', [301, 3n]), c)).rejects.toThrow(
      new DataDiffers(
        'a:1 and b:1 do not have the same data up to revision 9 (HashKV 300 and 301); find out which one is wrong ' +
          '(etcdctl check, alarm CORRUPT) and replace it; there is no backup until then',
      ),
    );
    expect(c.asked).toEqual([]);
  });
});

describe('countKeys', () => {
  const counting = (answer: bigint | Error) => {
    const ask = async (revision?: bigint) => {
      if (answer instanceof Error) throw answer;
      expect(revision).toBe(9n);
      return answer;
    };
    return countKeys(candidate('a:1', { countKeys: ask }), snapshot);
  };

  it('takes the word of the cluster', async () => {
    expect(await counting(4n)).toBe(4);
  });

  it('does not know once the revision is compacted', async () => {
    expect(await counting(COMPACTED)).toBeUndefined();
    await expect(counting(new Error('gone'))).rejects.toThrow('gone');
  });

  it('fails where the snapshot has another number of keys', async () => {
    await expect(counting(5n)).rejects.toThrow(
      new DataDiffers(
        'a:1 has 5 keys at revision 9, and its snapshot has 4; there is no backup until it is known why',
      ),
    );
  });
});
