import { describe, expect, it } from 'vitest';
import { forceObjection, lastResort, type Remains } from '../../../lib/etcd/steward/recovery';

const remains = (id: number, more: Partial<Remains> = {}): Remains => ({
  id,
  name: `etcd-${id}`,
  clusterId: 0xcdf818194e3a8c32n,
  term: 3n,
  index: 100n,
  ...more,
});

describe('the last resort', () => {
  it('is what the only one left has, with the prop to write', () => {
    expect(lastResort([remains(1)], 3)).toBe(
      '1 of 3 members hold data: etcd-1 up to index 100 of term 3. ' +
        'First bring the others back, with their volumes. If a majority of them is lost for good, ' +
        'restore the newest backup into a cluster of another name, or go on with what etcd-1 has and lose what it had not ' +
        "got: forceNewCluster: { member: 1, confirm: 'cdf818194e3a8c32' }. See docs/etcd.md.",
    );
  });

  it('is the newest of what is left', () => {
    expect(lastResort([remains(0), remains(4, { index: 101n })], 5)).toBe(
      '2 of 5 members hold data: etcd-4 up to index 101 of term 3, etcd-0 up to index 100 of term 3. ' +
        'First bring the others back, with their volumes. If a majority of them is lost for good, ' +
        'restore the newest backup into a cluster of another name, or go on with what etcd-4 has, which is the newest, and ' +
        "lose what it had not got: forceNewCluster: { member: 4, confirm: 'cdf818194e3a8c32' }. See docs/etcd.md.",
    );
  });

  it.each<[string, Remains[], number]>([
    ['the newer index', [remains(0, { index: 9n }), remains(1, { index: 10n })], 1],
    ['the newer term, even where it is shorter', [remains(0), remains(1, { term: 4n, index: 90n })], 1],
    [
      'the newer index, where a term is not known',
      [remains(0, { term: undefined }), remains(1, { term: 4n, index: 90n })],
      0,
    ],
    ['the first, where both are the same', [remains(1), remains(0)], 0],
    ['the one of which it is known', [remains(0, { index: undefined, term: undefined }), remains(1)], 1],
    [
      'indices larger than a number can tell apart',
      [remains(0, { index: 2n ** 60n }), remains(1, { index: 2n ** 60n + 1n })],
      1,
    ],
  ])('is %s', (_, left, member) => {
    expect(lastResort(left, 5)).toContain(`forceNewCluster: { member: ${member},`);
  });

  it.each<[string, Remains[], number]>([
    ['a majority is there', [remains(0), remains(1)], 3],
    ['the only one is there', [remains(0)], 1],
    ['nothing is left', [], 3],
  ])('is not spoken of where %s', (_, left, total) => {
    expect(lastResort(left, total)).toBeUndefined();
  });

  it('says where to look for the id of the cluster where nobody can be asked', () => {
    const left = { clusterId: undefined, term: undefined };
    expect(lastResort([remains(0, left)], 3)).toContain(
      'etcd-0 up to index 100. First bring the others back',
    );
    expect(lastResort([remains(0, left)], 3)).toContain("confirm: '<cluster-id, from the log of etcd-0>'");
    expect(lastResort([remains(0, { ...left, index: undefined })], 3)).toMatch(/hold data: etcd-0\. First/);
  });

  it('is no single member where what is left is of different clusters', () => {
    const text = lastResort([remains(0), remains(1, { clusterId: 0xabn })], 5);
    expect(text).toMatch(
      /restore the newest backup into a cluster of another name: what is left is of different clusters \(cdf818194e3a8c32, ab\)\.$/,
    );
  });
});

describe('while a cluster is made anew', () => {
  const name = (id: number) => `etcd-${id}`;
  it('its membership stays as it is until the prop is gone', () => {
    expect(forceObjection({ member: 1 }, name, 1)).toEqual({
      why: 'etcd-1 is all there is of the cluster, made anew by forceNewCluster',
      todo: 'Remove forceNewCluster from the manifests. The other members are invited once etcd-1 has been restarted without it.',
    });
  });

  it('one that has a leader is not made anew', () => {
    expect(forceObjection({ member: 1 }, name, 3)).toEqual({
      why: 'forceNewCluster is set, and the membership has 3 members that have a leader',
      todo:
        'Remove forceNewCluster from the manifests. ' +
        'It would take all others out of the membership when etcd-1 starts.',
    });
  });

  it('nothing is held where the prop is not set', () => {
    expect(forceObjection(undefined, name, 3)).toBeUndefined();
  });
});
