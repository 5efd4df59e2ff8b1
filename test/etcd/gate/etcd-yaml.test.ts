import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { initialCluster, memberYaml, type OwnSettings } from '../../../lib/etcd/gate/etcd-yaml';
import { entry, place, url } from './facts-of';

const own: OwnSettings = {
  name: 'etcd-1',
  'advertise-client-urls': 'http://etcd-1:2379',
  'initial-advertise-peer-urls': url(1),
  'initial-cluster': `etcd-1=${url(1)}`,
  'initial-cluster-state': 'existing',
  'initial-cluster-token': 'prod/ns/etcd: "x" #1',
};

describe('etcd.yaml of a member', () => {
  it('is the common text and its own lines', () => {
    const text = memberYaml('# common\nlog-level: info\n\n', own);
    expect(text).toBe(`# common
log-level: info

# this member
name: "etcd-1"
advertise-client-urls: "http://etcd-1:2379"
initial-advertise-peer-urls: "${url(1)}"
initial-cluster: "etcd-1=${url(1)}"
initial-cluster-state: "existing"
initial-cluster-token: "prod/ns/etcd: \\"x\\" #1"
`);
    expect(parse(text)).toEqual({ 'log-level': 'info', ...own });
  });

  it('forces a new cluster where that is wanted', () => {
    expect(parse(memberYaml('', { ...own, 'force-new-cluster': true }))['force-new-cluster']).toBe(true);
  });

  it.each(['name: other', '"initial-cluster" : a=b', "'force-new-cluster': false"])(
    'does not set again what the common text has: %s',
    (line) => {
      const key = /[a-z-]+/.exec(line)?.[0];
      const make = () => memberYaml(`a: 1\n${line}\n`, { ...own, 'force-new-cluster': true });
      expect(make).toThrow(`${key} is set in etcd.yaml, and each member has its own; leave it out there`);
    },
  );

  it('is not taken in by what only looks like it', () => {
    const common = 'name-of: x\nlist:\n  name: below\n# name: y\n';
    expect(memberYaml(common, own)).toContain(common.trimEnd());
  });
});

describe('initial-cluster', () => {
  const self = { name: 'etcd-1', peerUrl: url(1) };

  it('is the membership, with the name of this member in its place', () => {
    expect(initialCluster([entry(0), place(1), entry(2)], self)).toBe(
      `etcd-0=${url(0)},etcd-1=${url(1)},etcd-2=${url(2)}`,
    );
  });

  it('tells all entries apart, whatever they are called', () => {
    const members = [
      entry(0, { id: 5n, name: '' }),
      place(1),
      entry(2, { id: 6n, name: 'etcd-1' }),
      entry(3, { id: 7n, name: 'same', peerUrls: ['http://a:1', 'http://b:1'] }),
      entry(4, { id: 8n, name: 'same' }),
    ];
    expect(initialCluster(members, self).split(',')).toEqual([
      `member-5=${url(0)}`,
      `etcd-1=${url(1)}`,
      `member-6=${url(2)}`,
      'member-7=http://a:1',
      'member-7=http://b:1',
      `member-8=${url(4)}`,
    ]);
  });
});
