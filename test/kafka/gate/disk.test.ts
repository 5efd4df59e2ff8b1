import * as fs from 'node:fs';
import * as path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { KafkaDisk } from '../../../lib/kafka/gate/disk';
import { temporary } from '../../support/temporary';
import { metaProperties, put } from './directories';

const CLUSTER = 'AAAAAAAAAAAAAAAAAAAAcg';
const CHECKPOINT = '00000000000000000000-0000000000.checkpoint';

let root: string;
let volumes: string[];
let directories: string[];
beforeEach(() => {
  root = temporary();
  volumes = ['0', '1'].map((name) => path.join(root, name));
  directories = volumes.map((volume) => path.join(volume, 'kafka'));
  for (const volume of volumes) fs.mkdirSync(volume);
});

const disk = (change: Partial<ConstructorParameters<typeof KafkaDisk>[1]> = {}) =>
  new KafkaDisk(directories, { clusterId: CLUSTER, id: 1, zookeeper: false, ...change });
const states = (of = disk()) => of.read().map(({ state }) => state);
const reasons = (of = disk()) => of.read().flatMap((each) => (each.state === 'foreign' ? [each.reason] : []));

describe('a directory', () => {
  it('is empty, and holds data once it was formatted', () => {
    fs.mkdirSync(path.join(volumes[0], 'lost+found'));
    fs.mkdirSync(directories[1]);
    expect(states()).toEqual(['empty', 'empty']);
    for (const directory of directories) put(metaProperties(1), directory, 'meta.properties');
    expect(states()).toEqual(['data', 'data']);
  });

  it('is empty when a format was broken off, and is cleared before the next', () => {
    put('x', directories[0], '__cluster_metadata-0', CHECKPOINT);
    put('x', directories[0], '__cluster_metadata-0', `${CHECKPOINT}.part`);
    put('x', directories[0], 'bootstrap.checkpoint');
    put('x', directories[0], 'meta.properties.tmp');
    expect(states()).toEqual(['empty', 'empty']);
    disk().prepare('joiner');
    expect(fs.readdirSync(directories[0])).toEqual(['gate.json']);
    expect(states()).toEqual(['lost', 'lost']);
  });

  it('that is used is left as it is', () => {
    put(metaProperties(1), directories[0], 'meta.properties');
    put('x', directories[0], '__cluster_metadata-0', CHECKPOINT);
    put('x', directories[0], 'bootstrap.checkpoint');
    disk().prepare('joiner');
    expect(fs.readdirSync(directories[0]).sort()).toEqual([
      '__cluster_metadata-0',
      'bootstrap.checkpoint',
      'gate.json',
      'meta.properties',
    ]);
  });

  it('that is new differs from one that was lost', () => {
    put(metaProperties(1), directories[0], 'meta.properties');
    expect(states()).toEqual(['data', 'empty']);
    disk().prepare('joiner');
    put(metaProperties(1), directories[1], 'meta.properties');
    expect(states()).toEqual(['data', 'data']);
    fs.rmSync(directories[1], { recursive: true });
    expect(states()).toEqual(['data', 'lost']);
    // What another server noted says nothing.
    expect(states(disk({ id: 2 }))).toEqual(['foreign', 'empty']);
  });

  it('has replicas', () => {
    put('', directories[0], 'orders-0', 'log');
    put('', directories[1], 'a-b-12', 'log');
    put('', directories[1], 'a-1.0f-delete', 'log');
    expect([...disk().replicas()].sort()).toEqual(['a-b-12', 'orders-0']);
  });

  it.each<[string, () => void, string]>([
    [
      'of another node',
      () => put(metaProperties(7), directories[0], 'meta.properties'),
      `meta.properties belongs to node 7 of cluster ${CLUSTER}, and this is node 1 of cluster ${CLUSTER}; mount the right volume`,
    ],
    [
      'of another cluster',
      () => put(metaProperties(1, 'other'), directories[0], 'meta.properties'),
      `meta.properties belongs to node 1 of cluster other, and this is node 1 of cluster ${CLUSTER}; mount the right volume`,
    ],
    [
      'of a broker in ZooKeeper mode',
      () => put('version=0\nbroker.id=1\ncluster.id=x\n', directories[0], 'meta.properties'),
      'meta.properties was written by a server that has its metadata in ZooKeeper, and this one has it in controllers; mount the right volume',
    ],
    [
      'with half a file',
      () => put('version=1\ncluster.id=x\n', directories[0], 'meta.properties'),
      'meta.properties cannot be read (it has no node.id); restore it, or empty the volume to let the server start over from the others',
    ],
    [
      'of the future',
      () => put('version=2\nnode.id=1\ncluster.id=x\n', directories[0], 'meta.properties'),
      'meta.properties cannot be read (its version is 2); restore it, or empty the volume to let the server start over from the others',
    ],
    [
      'with topics and nothing else',
      () => {
        for (const name of ['a-0', 'b-0', 'c-0', 'd-0', 'e-0']) put('x', directories[0], name, 'log');
      },
      'kafka has no meta.properties, and yet it holds a-0, b-0, c-0 and 2 more; it is not formatted over data: restore meta.properties, or empty the volume to let the server start over from the others',
    ],
    [
      'with a metadata log and nothing else',
      () => {
        put('x', directories[0], '__cluster_metadata-0', CHECKPOINT);
        put('x', directories[0], '__cluster_metadata-0', 'quorum-state');
      },
      'kafka has no meta.properties, and yet it holds __cluster_metadata-0; it is not formatted over data: restore meta.properties, or empty the volume to let the server start over from the others',
    ],
  ])('%s is not used', (_, fill, reason) => {
    fill();
    expect(states()[0]).toBe('foreign');
    expect(reasons()).toEqual([expect.stringMatching(/^\/.*\/0\/kafka/)]);
    expect(reasons()[0].endsWith(reason)).toBe(true);
  });

  it('on a volume that holds something else is not used', () => {
    put('x', volumes[1], 'mysql', 'ibdata1');
    put('x', volumes[1], '.snapshot', 'x');
    expect(reasons()).toEqual([
      `the volume at ${volumes[1]} is new to this server, and yet it holds mysql; mount an empty volume, or the right one`,
    ]);
  });

  it('of a broker with its metadata in ZooKeeper has another form, and any cluster id', () => {
    put('version=0\nbroker.id=1\ncluster.id=whatever\n', directories[0], 'meta.properties');
    expect(states(disk({ zookeeper: true }))).toEqual(['data', 'empty']);
    expect(reasons(disk({ zookeeper: true, id: 2 }))[0]).toMatch(
      /meta\.properties belongs to broker 1, and this is broker 2; mount the right volume$/,
    );
    put(metaProperties(1), directories[0], 'meta.properties');
    expect(reasons(disk({ zookeeper: true }))[0]).toMatch(
      /metadata in controllers, and this one has it in ZooKeeper; mount the right volume$/,
    );
  });
});

describe('what founders stated', () => {
  it('is kept until the server has started, and goes with the disk', () => {
    disk().rememberEmpty([3001]);
    disk().rememberEmpty([3002, 3001]);
    expect([...disk().seenEmpty]).toEqual([3001, 3002]);
    expect(states()).toEqual(['empty', 'empty']);
    disk().prepare('founder');
    expect([...disk().seenEmpty]).toEqual([3001, 3002]);
    for (const directory of directories) put(metaProperties(1), directory, 'meta.properties');
    disk().prepare('start');
    expect([...disk().seenEmpty]).toEqual([]);
    fs.rmSync(directories[0], { recursive: true });
    expect([...disk().seenEmpty]).toEqual([]);
  });

  it('is of no meaning to another server', () => {
    disk().rememberEmpty([3001]);
    expect([...disk({ id: 2 }).seenEmpty]).toEqual([]);
    expect([...disk({ clusterId: 'other' }).seenEmpty]).toEqual([]);
  });
});
