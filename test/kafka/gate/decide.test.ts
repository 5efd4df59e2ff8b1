import { describe, expect, it } from 'vitest';
import { decideStart } from '../../../lib/kafka/gate/decide';
import type { DirectoryState, HeldPartition, Peer, StartFacts } from '../../../lib/kafka/gate/facts';

const empty: DirectoryState = { state: 'empty' };
const lost: DirectoryState = { state: 'lost' };
const data: DirectoryState = { state: 'data' };
const silent: Peer = { state: 'silent', reason: 'its name does not resolve yet' };
const running: Peer = { state: 'running' };
const gate = (disk: string, ...seenEmpty: number[]): Peer => ({ state: 'gate', disk, seenEmpty });
const voter = (id: number, directoryId = `dir-${id}`) => ({ id, directoryId });
const held = (topic: string, replicas: number[], isr: number[]): HeldPartition => ({
  topic,
  partition: 3,
  replicas,
  isr,
});

type Given = Partial<Omit<StartFacts, 'peers' | 'seenEmpty'>> & {
  peers?: Record<number, Peer>;
  seenEmpty?: number[];
};

function facts(given: Given): StartFacts {
  const { peers = {}, seenEmpty = [], ...rest } = given;
  return {
    cluster: 'kafka',
    id: 3000,
    roles: { broker: false, controller: true },
    zookeeper: false,
    keepsData: true,
    formed: false,
    directories: [empty],
    founders: [3000, 3001, 3002].map((id) => voter(id)),
    controllers: [3000, 3001, 3002],
    brokers: [0, 1, 2],
    served: false,
    ...rest,
    peers: new Map(Object.entries(peers).map(([id, peer]) => [Number(id), peer])),
    seenEmpty: new Set(seenEmpty),
  };
}

const start = { action: 'start', notes: [] };
const founder = { action: 'format', as: 'founder', notes: [] };
const joiner = { action: 'format', as: 'joiner', notes: [] };
const wait = (reason: string) => ({ action: 'wait', reason });

const GATHERING = 'the quorum is formed when all founders state that their disks are empty.';
const FORMING = 'all founders stated empty disks, and form the quorum once each has heard of the others.';
const HOLDER =
  'has started or holds data, so the quorum may exist: this empty controller joins when it answers. If it was never formed, delete the volumes of all controllers.';
const START_ANEW = 'Bring a volume back, or give up all topics and start anew: delete';

describe('a controller', () => {
  it.each<[string, Given, unknown]>([
    ['with data starts', { directories: [data], formed: true }, start],
    ['with data starts before the cluster is formed', { directories: [data] }, start],
    [
      'with the disk of another refuses',
      { directories: [{ state: 'foreign', reason: 'not mine' }] },
      { action: 'refuse', reason: 'not mine' },
    ],

    // A founder, nothing formed yet.
    [
      'that founds waits for the others',
      { peers: { 3001: silent, 3002: gate('empty') }, seenEmpty: [3002] },
      wait(`${GATHERING} 3001: its name does not resolve yet`),
    ],
    ['that founds has asked nobody', {}, wait(`${GATHERING} 3001: not asked yet; 3002: not asked yet`)],
    [
      'that founds waits until it is known to be empty itself',
      { peers: { 3001: gate('empty', 3000), 3002: gate('empty', 3001) }, seenEmpty: [3001, 3002] },
      wait(`${FORMING} 3002: waits at its gate, disk: empty`),
    ],
    [
      'that founds waits for one that has gone silent',
      { peers: { 3001: silent, 3002: gate('empty', 3000) }, seenEmpty: [3001, 3002] },
      wait(`${FORMING} 3001: its name does not resolve yet`),
    ],
    [
      'founds once all have stated empty disks to one another',
      { peers: { 3001: gate('empty', 3000, 3002), 3002: gate('empty', 3000) }, seenEmpty: [3001, 3002] },
      founder,
    ],
    [
      'founds when others have gone ahead',
      { peers: { 3001: running, 3002: gate('data', 3000) }, seenEmpty: [3001, 3002] },
      founder,
    ],
    ['that is the only founder founds', { founders: [voter(3000)], controllers: [3000] }, founder],
    [
      'founds although the quorum was formed and marked without it meanwhile',
      {
        formed: true,
        peers: { 3001: running, 3002: running },
        seenEmpty: [3001, 3002],
        voters: [voter(3000), voter(3001), voter(3002)],
      },
      founder,
    ],
    [
      'founds when the mark is there and the quorum does not answer yet',
      { formed: true, peers: { 3001: running, 3002: silent }, seenEmpty: [3001, 3002] },
      founder,
    ],
    [
      'joins when the quorum awaits it with another disk',
      { seenEmpty: [3001, 3002], voters: [voter(3000, 'other'), voter(3001), voter(3002)] },
      joiner,
    ],

    // It lost its disk before the cluster was marked as formed.
    [
      'that may have lost its disk waits for a quorum',
      { peers: { 3001: running, 3002: gate('empty', 3000) }, seenEmpty: [3002] },
      wait(`controller 3001 ${HOLDER} 3001: has started; 3002: waits at its gate, disk: empty`),
    ],
    [
      'that may have lost its disk waits for others with data',
      { peers: { 3001: gate('data'), 3002: gate('data') } },
      wait(
        `controller 3001, 3002 ${HOLDER} 3001: waits at its gate, disk: data; 3002: waits at its gate, disk: data`,
      ),
    ],
    [
      'that may have lost its disk joins the quorum that answers',
      { peers: { 3001: running, 3002: running }, voters: [voter(3000), voter(3001), voter(3002)] },
      joiner,
    ],
    ['that may have lost its disk joins where brokers answer', { served: true }, joiner],
    [
      'that is the only one and may have lost its disk waits where brokers answer',
      { founders: [voter(3000)], controllers: [3000], served: true },
      wait(
        `the cluster exists (brokers answer), and the disk of its only controller is empty: nobody has its metadata. ${START_ANEW} the volumes of all brokers and the ConfigMap kafka-formed.`,
      ),
    ],

    // Formed.
    ['joins what is formed', { formed: true, peers: { 3001: running, 3002: silent } }, joiner],
    ['joins what is formed with a disk that it knows is lost', { formed: true, directories: [lost] }, joiner],
    ['that is new joins what is formed', { formed: true, id: 3003, controllers: [3000, 3003] }, joiner],
    [
      'that is new joins the quorum that answers, before the mark is there',
      { id: 3003, voters: [voter(3000), voter(3001), voter(3002)] },
      joiner,
    ],
    [
      'that is new waits until the quorum is formed',
      { id: 3003, seenEmpty: [3000, 3001, 3002] },
      wait('controller 3003 is not a founder (3000, 3001, 3002) and joins once they have formed the quorum.'),
    ],
    [
      'that was the only founder of what has grown joins',
      { formed: true, founders: [voter(3000)], peers: { 3001: silent } },
      joiner,
    ],
    [
      'that is the only one waits when its disk is gone',
      { formed: true, founders: [voter(3000)], controllers: [3000] },
      wait(
        `the cluster exists (it is marked as formed), and the disk of its only controller is empty: nobody has its metadata. ${START_ANEW} the volumes of all brokers and the ConfigMap kafka-formed.`,
      ),
    ],
    [
      'waits when the disks of all are gone',
      { formed: true, peers: { 3001: gate('empty'), 3002: gate('empty') } },
      wait(
        `the cluster exists (it is marked as formed), and the disk of all of its controllers is empty: nobody has its metadata. ${START_ANEW} the volumes of all brokers and the ConfigMap kafka-formed.`,
      ),
    ],

    // Disks that are not kept.
    [
      'that keeps nothing forms anew together with the others',
      {
        formed: true,
        keepsData: false,
        peers: { 3001: gate('empty', 3000), 3002: gate('empty', 3000) },
        seenEmpty: [3001, 3002],
      },
      founder,
    ],
    [
      'that keeps nothing and is the only one forms anew',
      { formed: true, keepsData: false, served: true, founders: [voter(3000)], controllers: [3000] },
      founder,
    ],
    [
      'that keeps nothing joins the quorum that answers',
      { formed: true, keepsData: false, voters: [voter(3000), voter(3001), voter(3002)] },
      joiner,
    ],
    [
      'that keeps nothing does not form anew while others run',
      { formed: true, keepsData: false, peers: { 3001: running, 3002: running } },
      wait(`controller 3001, 3002 ${HOLDER} 3001: has started; 3002: has started`),
    ],
  ])('%s', (_, given, expected) => {
    expect(decideStart(facts(given))).toEqual(expected);
  });
});

const GIVE_UP =
  'starting it with an empty disk would make the others throw their copies away. Bring its volume back, or give up what only broker 1 had: run, in the pod of another broker, /opt/kafka/bin/kafka-leader-election.sh --bootstrap-server kafka-broker-0:9091 --admin.config /run/kafka/admin.properties --election-type unclean';
const SILENT = 'is empty, and no other broker answers that could tell whether something was only there.';

describe('a broker', () => {
  const broker = (given: Given) =>
    facts({ id: 1, roles: { broker: true, controller: false }, bootstrap: 'kafka-broker-0:9091', ...given });

  it.each<[string, Given, unknown]>([
    ['with data starts', { directories: [data], formed: true }, start],
    ['that is new formats', {}, joiner],
    ['with a new directory formats it', { directories: [data, empty], formed: true }, joiner],
    ['that nobody misses formats', { formed: true, served: true, missing: [] }, joiner],
    [
      'whose partitions others lead formats',
      { formed: true, served: true, missing: [held('a', [1, 2], [2]), held('b', [0, 1, 2], [0, 2])] },
      joiner,
    ],
    [
      'that was the only one in sync waits',
      { formed: true, served: true, missing: [held('a', [1, 2], [2]), held('orders', [1, 2], [1])] },
      wait(`partition orders-3 has only broker 1 in sync; ${GIVE_UP} --topic orders --partition 3`),
    ],
    [
      'that was the only one in sync of many partitions waits',
      {
        formed: true,
        served: true,
        missing: ['a', 'b', 'c', 'd', 'e'].map((topic) => held(topic, [1, 2], [1])),
      },
      wait(`partition a-3, b-3, c-3 and 2 more has only broker 1 in sync; ${GIVE_UP} --all-topic-partitions`),
    ],
    [
      'that may have been the last one in sync waits',
      { formed: true, served: true, missing: [held('orders', [1, 2], [])] },
      wait(
        `partition orders-3 has no broker in sync, and broker 1 may have been the last one; ${GIVE_UP} --topic orders --partition 3`,
      ),
    ],
    [
      'waits for one reason at a time',
      {
        formed: true,
        served: true,
        missing: [held('a', [1, 2], []), held('b', [1, 2], [1]), held('c', [1, 2], [1, 2])],
      },
      wait(`partition b-3 has only broker 1 in sync; ${GIVE_UP} --all-topic-partitions`),
    ],
    [
      'that is counted on waits until it has been noticed that it is gone',
      { formed: true, served: true, missing: [held('orders', [0, 1, 2], [0, 1])] },
      wait(
        'the cluster still counts on broker 1 for partition orders-3, as it has not noticed yet that the broker is gone; it starts with an empty disk once others lead.',
      ),
    ],
    [
      'notes what had one replica only',
      { formed: true, served: true, missing: [held('logs', [1], [1]), held('b', [1, 2], [2])] },
      {
        action: 'format',
        as: 'joiner',
        notes: ['partition logs-3 has its only replica on broker 1, and is empty now: its disk is gone'],
      },
    ],
    [
      'is asked for even before the cluster is marked as formed',
      { served: true, missing: [held('orders', [1, 2], [1])] },
      wait(`partition orders-3 has only broker 1 in sync; ${GIVE_UP} --topic orders --partition 3`),
    ],
    [
      'waits where nobody answers',
      { formed: true, peers: { 0: running, 2: gate('empty') } },
      wait(
        `the cluster exists (it is marked as formed), the disk of broker 1 ${SILENT} 0: has started; 2: waits at its gate, disk: empty`,
      ),
    ],
    [
      'waits where nobody answers and one of its disks is gone',
      { formed: true, directories: [data, lost], peers: { 0: silent, 2: silent } },
      wait(
        `the cluster exists (it is marked as formed), a disk of broker 1 ${SILENT} 0: its name does not resolve yet; 2: its name does not resolve yet`,
      ),
    ],
    [
      'whose lost disk had nothing of its own formats it',
      { formed: true, served: true, directories: [data, lost], missing: [] },
      joiner,
    ],
    [
      'formats where no broker has any data',
      { formed: true, peers: { 0: gate('empty'), 2: gate('empty') } },
      joiner,
    ],
    ['that is the only one formats', { formed: true, brokers: [1] }, joiner],
    [
      'that keeps nothing formats without asking',
      { formed: true, keepsData: false, missing: [held('orders', [1, 2], [1])] },
      joiner,
    ],
  ])('%s', (_, given, expected) => {
    expect(decideStart(broker(given))).toEqual(expected);
  });

  it.each<[string, Given, unknown]>([
    ['starts empty where nobody misses it', { formed: true, served: true, missing: [] }, start],
    ['starts empty in a new cluster', {}, start],
    ['starts with a new directory', { formed: true, directories: [data, empty] }, start],
    [
      'waits where it was the only one in sync',
      { formed: true, served: true, missing: [held('orders', [1, 2], [1])] },
      wait(`partition orders-3 has only broker 1 in sync; ${GIVE_UP} --topic orders --partition 3`),
    ],
  ])('with its metadata in ZooKeeper %s', (_, given, expected) => {
    expect(decideStart(broker({ zookeeper: true, founders: [], controllers: [], ...given }))).toEqual(
      expected,
    );
  });
});

describe('a broker that is a controller', () => {
  const combined = (given: Given) =>
    facts({
      id: 0,
      roles: { broker: true, controller: true },
      founders: [voter(0), voter(1), voter(2)],
      controllers: [0, 1, 2],
      ...given,
    });
  const alone = { founders: [voter(0)], controllers: [0], brokers: [0] };
  const all = { peers: { 1: gate('empty', 0), 2: gate('empty', 0) }, seenEmpty: [1, 2] };

  it.each<[string, Given, unknown]>([
    ['with data starts', { directories: [data] }, start],
    ['founds with the others', all, founder],
    ['founds alone', alone, founder],
    [
      'founds again when its first format was broken off',
      { ...all, directories: [lost, data], formed: false },
      founder,
    ],
    ['formats a new directory', { formed: true, directories: [data, empty] }, joiner],
    ['joins when nobody misses its partitions', { formed: true, served: true, missing: [] }, joiner],
    [
      'waits for its partitions although it could join',
      { formed: true, served: true, missing: [held('orders', [0, 1], [0, 1])] },
      wait(
        'the cluster still counts on broker 0 for partition orders-3, as it has not noticed yet that the broker is gone; it starts with an empty disk once others lead.',
      ),
    ],
    [
      'waits alone when its disk is gone',
      { ...alone, formed: true },
      wait(
        `the cluster exists (it is marked as formed), and the disk of its only controller is empty: nobody has its metadata. ${START_ANEW} the ConfigMap kafka-formed.`,
      ),
    ],
    ['forms anew alone where nothing is kept', { ...alone, formed: true, keepsData: false }, founder],
  ])('%s', (_, given, expected) => {
    expect(decideStart(combined(given))).toEqual(expected);
  });
});
