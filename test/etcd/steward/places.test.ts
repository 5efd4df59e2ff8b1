import { describe, expect, it } from 'vitest';
import type { MemberEntry } from '../../../lib/etcd/api/types';
import type { EtcdGateReport } from '../../../lib/etcd/gate/settings';
import { EtcdAddresses } from '../../../lib/etcd/steward/addresses';
import {
  ghostId,
  isLost,
  isSameMembership,
  placesOf,
  strangersObjection,
} from '../../../lib/etcd/steward/places';

const addresses = new EtcdAddresses({
  host: 'etcd-{id}.etcd-headless.ns.svc.cluster.local',
  memberName: 'etcd-{id}',
  clientPort: 2379,
  peerPort: 2380,
  metricsPort: 2381,
  peerTls: true,
});
const entry = (id: bigint, of: number, more: Partial<MemberEntry> = {}): MemberEntry => ({
  id,
  name: `etcd-${of}`,
  peerUrls: [addresses.peerUrl(of)],
  learner: false,
  ...more,
});
const places = (list: readonly MemberEntry[], lost: readonly number[] = []) =>
  placesOf(list, addresses, new Set(lost));

describe('addresses', () => {
  it('are those of the pod, and of its gate', () => {
    const host = 'etcd-10.etcd-headless.ns.svc.cluster.local';
    expect(addresses.of(10)).toEqual({
      client: { host, port: 2379 },
      peer: { host, port: 2380 },
      metrics: { host, port: 2381 },
      gate: { host, port: 9099 },
    });
    expect(addresses.peerUrl(10)).toBe(`https://${host}:2380`);
    expect(addresses.name(10)).toBe('etcd-10');
  });

  it.each([
    ['etcd-0', 0],
    ['etcd-10', 10],
    ['etcd-01', undefined],
    ['etcd-', undefined],
    ['etcd-1x', undefined],
    ['xetcd-1', undefined],
    ['', undefined],
  ])('the member called %j is %j', (name, id) => {
    expect(addresses.idOfName(name)).toBe(id);
  });

  it.each([
    ['https://etcd-3.etcd-headless.ns.svc.cluster.local:2380', 3],
    ['http://etcd-3.etcd-headless.ns.svc.cluster.local:2380', 3],
    ['http://etcd-3.etcd-headless.ns.svc.cluster.local:2379', undefined],
    ['http://etcd-3.other.ns.svc.cluster.local:2380', undefined],
    ['http://10.0.0.3:2380', undefined],
  ])('the member at %j is %j', (url, id) => {
    expect(addresses.idOfPeerUrl(url)).toBe(id);
  });
});

describe('places', () => {
  it('are those of members by their addresses or, else, by their names', () => {
    const list = [
      entry(11n, 0),
      entry(12n, 1, { peerUrls: ['http://10.0.0.1:2380'] }),
      entry(13n, 2, { name: '', learner: true }),
    ];
    const { membership, ghosts, entries, foreign } = places(list);
    expect([...membership]).toEqual([
      [0, 'voter'],
      [1, 'voter'],
      [2, 'observer'],
    ]);
    expect([...entries].map(([id, each]) => [id, each.id])).toEqual([
      [0, 11n],
      [1, 12n],
      [2, 13n],
    ]);
    expect([ghosts.size, foreign.length]).toEqual([0, 0]);
  });

  it('of lost disks are ghosts', () => {
    const { membership, ghosts } = places([entry(11n, 0), entry(12n, 1)], [1]);
    expect([...membership]).toEqual([
      [0, 'voter'],
      [ghostId(1), 'voter'],
    ]);
    expect([...ghosts]).toEqual([[-2, { of: 1, name: 'the lost disk of etcd-1' }]]);
  });

  it('that were never taken up wait for an empty disk', () => {
    const { membership, ghosts } = places([entry(11n, 0), entry(12n, 1, { name: '', learner: true })], [1]);
    expect(membership.get(1)).toBe('observer');
    expect(ghosts.size).toBe(0);
  });

  it('of strangers are nobody’s, and count', () => {
    const stranger = entry(255n, 7, { name: 'witness', peerUrls: ['http://10.0.0.9:2380'] });
    const nameless = entry(16n, 7, { name: '', peerUrls: ['http://10.0.0.8:2380'], learner: true });
    const { membership, ghosts, foreign } = places([entry(11n, 0), stranger, nameless]);
    expect([...membership]).toEqual([
      [0, 'voter'],
      [-1_000_000, 'voter'],
      [-1_000_001, 'observer'],
    ]);
    expect(ghosts.get(-1_000_000)?.name).toBe('a stranger (witness http://10.0.0.9:2380)');
    expect(strangersObjection(foreign)).toEqual({
      why:
        'the membership has ff (witness http://10.0.0.9:2380), 10 (http://10.0.0.8:2380), ' +
        'which is none of the members that the manifests know',
      todo:
        'Somebody has added it by hand. The steward changes nothing in the membership before it is gone: ' +
        'etcdctl member remove ff, etcdctl member remove 10',
    });
    expect(strangersObjection([])).toBeUndefined();
  });

  it('are given to one entry each: the address counts more than the name', () => {
    const double = entry(12n, 0, { peerUrls: ['http://10.0.0.9:2380'] });
    const { entries, foreign } = places([double, entry(11n, 0)]);
    expect(entries.get(0)?.id).toBe(11n);
    expect(foreign).toEqual([double]);
  });
});

describe('two memberships', () => {
  const list = [entry(1n, 0), entry(2n, 1)];
  it.each<[string, readonly MemberEntry[], boolean]>([
    ['the same in another order', [...list].reverse(), true],
    ['one less', [list[0]], false],
    ['another id', [list[0], { ...list[1], id: 3n }], false],
    ['a vote', [list[0], { ...list[1], learner: true }], false],
    ['a name', [list[0], { ...list[1], name: '' }], false],
    ['an address', [list[0], { ...list[1], peerUrls: ['http://x:2380'] }], false],
  ])('differ or not: %s', (_, other, same) => {
    expect(isSameMembership(list, other)).toBe(same);
  });
});

describe('a disk', () => {
  const report: EtcdGateReport = {
    id: 2,
    token: 'etcd',
    disk: 'empty',
    says: '',
    founders: [0, 1, 2],
    seenEmpty: [],
  };
  it.each<[string, Partial<EtcdGateReport>, boolean]>([
    ['is lost where it is empty', {}, true],
    ['is lost where a part of it is gone', { disk: 'lost' }, true],
    ['is not lost where it may found with the others', { seenEmpty: [0, 1] }, false],
    ['is lost where it has not heard of all founders', { seenEmpty: [0] }, true],
    ['is lost where it is no founder’s', { founders: [0, 1], seenEmpty: [0, 1] }, true],
    ['is lost where a part of it is gone, whatever it has heard', { disk: 'lost', seenEmpty: [0, 1] }, true],
    ['is not lost while it founds', { disk: 'founding' }, false],
    ['is not lost where it has data', { disk: 'data', memberId: '13', clusterId: 'c1' }, false],
    [
      'is lost where its data is that of an entry which is gone',
      { disk: 'data', memberId: '99', clusterId: 'c1' },
      true,
    ],
    [
      'is not lost where its data is that of another member',
      { disk: 'data', memberId: '12', clusterId: 'c1' },
      false,
    ],
    [
      'is not lost where its data is that of another cluster',
      { disk: 'data', memberId: '99', clusterId: 'c2' },
      false,
    ],
    ['is not lost where nobody knows whose data it is', { disk: 'data' }, false],
    ['is not lost where it must not be touched', { disk: 'foreign' }, false],
  ])('%s', (_, more, lost) => {
    const known = { clusterId: 0xc1n, list: [entry(0x11n, 0), entry(0x12n, 1), entry(0x13n, 2)] };
    expect(isLost({ ...report, ...more }, known)).toBe(lost);
  });
});
