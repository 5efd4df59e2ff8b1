import * as http from 'node:http';
import * as net from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KafkaBrokers } from '../../../lib/kafka/steward/brokers';
import { Keys } from '../../../lib/kafka/steward/keys';
import type { KafkaStewardSettings } from '../../../lib/kafka/steward/settings';
import { KafkaError } from '../../../lib/kafka/wire/types';
import { gateReport } from '../gate/gate-report';
import { FakeAdmin } from './fake-admin';
import { replicaOf } from './fake-kafka';

const NOBODY = 1;
const TIMING = { probe: 500, question: 300, seldom: 15_000 };

const open: (net.Server | http.Server)[] = [];
let admin: FakeAdmin;
let ports: Map<number, { server: number; gate: number }>;
let now: number;

beforeEach(async () => {
  now = 0;
  admin = new FakeAdmin([0, 1, 2]);
  admin.observers = [0, 1, 2].map((id) => replicaOf(id));
  ports = new Map();
  for (const id of [0, 1, 2])
    ports.set(id, { server: await portOf(net.createServer((s) => s.destroy())), gate: NOBODY });
  admin.put(
    'orders',
    [
      [0, 1, 2],
      [0, 2, 1],
    ],
    { 'min.insync.replicas': '2' },
  );
  admin.put('logs', [[0], [1]]);
});
afterEach(() => {
  for (const server of open.splice(0)) server.close();
});

async function portOf(server: net.Server | http.Server): Promise<number> {
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as net.AddressInfo).port;
}

function brokers(change: Partial<KafkaStewardSettings> = {}): KafkaBrokers {
  const settings = {
    brokers: [0, 1, 2].map((id) => ({
      id,
      set: `kafka-broker-${id}`,
      host: '',
      port: 0,
      leaving: false,
      rendered: '',
    })),
    combined: false,
    metadata: 'kraft' as const,
    reassignment: { throttle: 1_000, concurrency: 5, automatic: true },
    ...change,
  };
  const addressOf = ({ id }: { id: number }) => {
    const { server, gate } = ports.get(id) ?? { server: NOBODY, gate: NOBODY };
    return { server: { host: '127.0.0.1', port: server }, gate: { host: '127.0.0.1', port: gate } };
  };
  return new KafkaBrokers(settings, admin, new Keys('plain'), TIMING, addressOf, () => now);
}

const down = (id: number, gate = NOBODY) => {
  admin.stop(id);
  admin.observers = admin.observers.filter((each) => each.id !== id);
  ports.set(id, { server: NOBODY, gate });
};

describe('a look', () => {
  it('tells of brokers and partitions', async () => {
    const seen = await brokers().look();
    expect(seen).toMatchObject({ known: true, unknown: undefined, throttled: false, staleCertificates: [] });
    expect([...seen.brokers.values()]).toEqual(
      [0, 1, 2].map((id) => ({ id, server: { state: 'serving' }, registered: true, failedDirectories: [] })),
    );
    expect(seen.partitions.filter(({ topic }) => topic === 'orders')).toEqual([
      {
        topic: 'orders',
        partition: 0,
        leader: 0,
        replicas: [0, 1, 2],
        isr: [0, 1, 2],
        minInSync: 2,
        adding: [],
        removing: [],
        bytes: 1_000,
      },
      {
        topic: 'orders',
        partition: 1,
        leader: 0,
        replicas: [0, 2, 1],
        isr: [0, 1, 2],
        minInSync: 2,
        adding: [],
        removing: [],
        bytes: 1_000,
      },
    ]);
    expect(seen.partitions.find(({ topic }) => topic === 'logs')?.minInSync).toBe(1);
    expect(seen).toMatchObject({ activeController: undefined, quorum: undefined });
  });

  it('tells what has become of those that do not serve', async () => {
    const report = JSON.stringify(gateReport({ id: 2, disk: 'foreign', says: 'it is of another cluster' }));
    down(1);
    down(2, await portOf(http.createServer((_, response) => response.end(report))));
    const seen = await brokers().look();
    expect(seen.brokers.get(1)).toMatchObject({ server: { state: 'starting' }, registered: true });
    expect(seen.brokers.get(2)?.server).toEqual({
      state: 'gate',
      disk: 'foreign',
      says: 'it is of another cluster',
    });
  });

  it('does not take one for serving that is fenced', async () => {
    admin.stop(1);
    const seen = await brokers().look();
    expect(seen.brokers.get(1)?.server).toEqual({ state: 'silent', reason: 'it is fenced' });
  });

  it('tells of those that are in no manifest', async () => {
    admin.register(7);
    admin.register(8);
    admin.stop(8);
    ports.set(7, { server: await portOf(net.createServer((s) => s.destroy())), gate: NOBODY });
    const seen = await brokers().look();
    expect(seen.brokers.get(7)).toMatchObject({ server: { state: 'serving' }, registered: true });
    expect(seen.brokers.get(8)).toMatchObject({ server: { state: 'silent' }, registered: true });
  });

  it('tells of directories that failed', async () => {
    admin.brokersById.get(1)!.directories[0].error = 'KAFKA_STORAGE_ERROR';
    const seen = await brokers().look();
    expect(seen.brokers.get(1)?.failedDirectories).toEqual(['/data/0/kafka']);
  });

  it('tells which partitions are being moved', async () => {
    await admin.reassign([{ topic: 'logs', partition: 0, replicas: [1] }]);
    const seen = await brokers().look();
    expect(seen.partitions.find(({ topic, partition }) => topic === 'logs' && partition === 0)).toMatchObject(
      {
        replicas: [1, 0],
        adding: [1],
        removing: [0],
      },
    );
  });

  it('costs three questions while nothing changes', async () => {
    const system = brokers();
    await system.look();
    admin.looks.length = 0;
    await system.look();
    expect(admin.looks).toEqual(['describeQuorum controllers', 'reassignments', 'describe 0']);
    admin.put('new', [[0, 1]]);
    await system.look();
    expect(admin.looks.slice(3)).toEqual([
      'describeQuorum controllers',
      'reassignments',
      'describe 0',
      'describeConfigs topic:new',
    ]);
  });

  it('does not depend on what is asked seldom', async () => {
    admin.before = (call) => {
      if (/logDirs|features|registered|broker:/.test(call)) throw new KafkaError('NETWORK_EXCEPTION', 'gone');
    };
    const seen = await brokers({ metadataVersion: { name: '4.2-IV1', level: 29 } }).look();
    expect(seen).toMatchObject({ known: true, upgrade: undefined, throttled: false });
  });
});

describe('what is believed', () => {
  it('is a broker that has just fetched from the controllers', async () => {
    admin.observers = [
      { ...replicaOf(0), lastCaughtUpTimestamp: -9_000 },
      replicaOf(1),
      { ...replicaOf(2), lastFetchTimestamp: -9_000, lastCaughtUpTimestamp: -9_000 },
    ];
    await brokers().look();
    expect(admin.looks.filter((call) => call.startsWith('describe '))).toEqual(['describe 1']);
  });

  it('is the next one where the first does not answer', async () => {
    admin.before = (call) => {
      if (call === 'describe 0') throw new KafkaError('NETWORK_EXCEPTION', 'gone');
    };
    expect((await brokers().look()).known).toBe(true);
    expect(admin.looks).toContain('describe 1');
  });

  it.each([
    ['a broker listens', () => [0, 1, 2].forEach((id) => void down(id)), 'no broker listens'],
    [
      'a controller leads',
      () => Object.assign(admin, { quorumLeader: -1 }),
      'no controller leads, or none answers',
    ],
    [
      'a broker follows the controllers',
      () => Object.assign(admin, { observers: [] }),
      'no broker that listens follows the controllers',
    ],
    [
      'the settings of topics are known',
      () => {
        admin.before = (call) => {
          if (call.startsWith('describeConfigs topic')) throw new KafkaError('NETWORK_EXCEPTION', 'gone');
        };
      },
      'settings of topics: gone',
    ],
  ])('is nobody before %s', async (_, arrange, unknown) => {
    arrange();
    expect(await brokers().look()).toMatchObject({ known: false, unknown, partitions: [] });
  });

  it('is the controller, with metadata in ZooKeeper', async () => {
    admin.controllerId = 2;
    const seen = await brokers({ metadata: 'zookeeper' }).look();
    expect(seen).toMatchObject({ known: true, activeController: 2, metadataQuorum: undefined });
    expect(admin.looks.filter((call) => call.startsWith('describe'))).toEqual(
      expect.arrayContaining(['describe', 'describe 2']),
    );
    expect(admin.looks).not.toContain('registered');
  });
});

it('brokers that vote tell who of them has caught up', async () => {
  admin.voters = [replicaOf(0), replicaOf(1), { ...replicaOf(2), lastCaughtUpTimestamp: -9_000 }];
  admin.observers = [];
  admin.quorumLeader = 0;
  const seen = await brokers({ combined: true }).look();
  expect(seen).toMatchObject({ activeController: 0, quorum: { voters: [0, 1, 2], caughtUp: [0, 1] } });
});

describe('moves', () => {
  const RATES = 'leader.replication.throttled.rate=1000 follower.replication.throttled.rate=1000';

  it('begin with their throttle, on those that serve', async () => {
    down(2);
    const system = brokers();
    await system.look();
    await system.reassign([{ topic: 'logs', partition: 0, replicas: [1, 2] }]);
    expect(admin.changes).toEqual([
      `alterConfigs broker:0 ${RATES}`,
      `alterConfigs broker:1 ${RATES}`,
      'alterConfigs topic:logs leader.replication.throttled.replicas=0:0 follower.replication.throttled.replicas=0:1,0:2',
      expect.stringMatching(/^reassign/),
    ]);
    expect((await system.look()).throttled).toBe(true);
  });

  it('end without a trace, of those of an earlier steward, too', async () => {
    const first = brokers();
    await first.look();
    await first.reassign([{ topic: 'logs', partition: 0, replicas: [1] }]);
    admin.tick();
    const system = brokers();
    expect((await system.look()).throttled).toBe(true);
    await system.unthrottle();
    expect((await system.look()).throttled).toBe(false);
    expect([...admin.brokerConfigs.values()].flatMap((configs) => [...configs])).toEqual([]);
    expect([...admin.topicsByName.get('logs')!.configs]).toEqual([]);
  });

  it('are taken back, if they have not arrived', async () => {
    const system = brokers();
    await system.look();
    await system.reassign([{ topic: 'logs', partition: 0, replicas: [1] }]);
    await system.look();
    const back = { topic: 'logs', partition: 0, replicas: [0], cancels: true } as const;
    await system.reassign([back]);
    expect(admin.topicsByName.get('logs')!.partitions[0]).toMatchObject({ replicas: [0], adding: [] });
    await system.reassign([{ ...back, replicas: [2] }]);
    expect(admin.topicsByName.get('logs')!.partitions[0]).toMatchObject({ replicas: [0], adding: [] });
  });

  it('that came no further than a throttle are known to have begun', async () => {
    admin.before = (call) => {
      if (call.startsWith('alterConfigs topic')) throw new KafkaError('NETWORK_EXCEPTION', 'gone');
    };
    const system = brokers();
    await system.look();
    await expect(system.reassign([{ topic: 'logs', partition: 0, replicas: [1] }])).rejects.toThrow('gone');
    expect((await brokers().look()).throttled).toBe(true);
  });

  it('of others are not taken for ours', async () => {
    await admin.reassign([{ topic: 'logs', partition: 0, replicas: [1] }]);
    await admin.alterConfigs({ type: 'broker', name: '' }, [['leader.replication.throttled.rate', '7']]);
    expect((await brokers().look()).throttled).toBe(false);
  });
});

it('a broker is forgotten once, and then is', async () => {
  down(2);
  const system = brokers();
  await system.look();
  await system.unregister(2);
  await system.unregister(2);
  expect((await system.look()).brokers.get(2)?.registered).toBe(false);
});

it('a broker that stops stays registered', async () => {
  const system = brokers();
  await system.look();
  down(2);
  expect((await system.look()).brokers.get(2)).toMatchObject({
    server: { state: 'starting' },
    registered: true,
  });
});

it('a broker that nobody can tell of is taken for registered', async () => {
  down(2);
  admin.before = (call) => {
    if (call === 'registered') throw new KafkaError('NETWORK_EXCEPTION', 'gone');
  };
  expect((await brokers().look()).brokers.get(2)?.registered).toBe(true);
});

it('a broker reads its certificate again without keeping a setting', async () => {
  await brokers().reloadCertificate(1);
  expect(admin.changes).toEqual(['alterConfigs broker:1 -listener.name.replication.ssl.keystore.location']);
});

describe('metadata.version', () => {
  const wanted = { name: '4.2-IV1', level: 29 };
  const feature = (finalized: number, max: number) => ({ name: 'metadata.version', min: 7, max, finalized });

  it.each([
    ['is raised', feature(27, 29), { name: 'metadata.version', from: 27, to: 29, says: '4.2-IV1' }],
    ['stays where it is', feature(29, 29), undefined],
    ['is never lowered', feature(30, 30), undefined],
    ['waits for brokers that have it', feature(27, 27), undefined],
  ])('%s', async (_, found, expected) => {
    admin.featureList = [found, { name: 'kraft.version', min: 0, max: 1, finalized: 0 }];
    expect((await brokers({ metadataVersion: wanted }).look()).upgrade).toEqual(expected);
  });

  it('is left alone unless it was asked for', async () => {
    admin.featureList = [feature(27, 29)];
    expect((await brokers().look()).upgrade).toBeUndefined();
  });

  it('is seen to be raised at once', async () => {
    admin.featureList = [feature(27, 29)];
    const system = brokers({ metadataVersion: wanted });
    await system.look();
    await system.upgrade('metadata.version', 29);
    expect((await system.look()).upgrade).toBeUndefined();
  });
});
