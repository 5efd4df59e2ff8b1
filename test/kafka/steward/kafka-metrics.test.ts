import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import type { Broker, BrokerFacts, Partition } from '../../../lib/kafka/steward/facts';
import { kafkaMetrics, type MetricFacts } from '../../../lib/kafka/steward/kafka-metrics';
import { KAFKA_METRICS } from '../../../lib/kafka/steward/metric-names';
import type { LogDir, QuorumState } from '../../../lib/kafka/wire/types';

const broker = (id: number, change: Partial<Broker> = {}): Broker => ({
  id,
  wanted: 'staying',
  set: { replicas: 1 },
  server: { state: 'serving' },
  registered: true,
  failedDirectories: [],
  ...change,
});
const partition = (number: number, change: Partial<Partition> = {}): Partition => ({
  topic: 'orders',
  partition: number,
  leader: 0,
  replicas: [0, 1, 2],
  isr: [0, 1, 2],
  minInSync: 2,
  adding: [],
  removing: [],
  bytes: 0,
  ...change,
});
const replica = (topic: string, sizeBytes: number) => ({
  topic,
  partition: 0,
  sizeBytes,
  offsetLag: 0,
  isFuture: false,
});
const directory = (path: string, change: Partial<LogDir> = {}): LogDir => ({
  path,
  totalBytes: 1_000,
  usableBytes: 400,
  replicas: [],
  ...change,
});
const voter = (id: number, logEndOffset: number) => ({
  id,
  directoryId: `directory-${id}`,
  logEndOffset,
  lastFetchTimestamp: 1,
  lastCaughtUpTimestamp: 1,
});
const QUORUM: QuorumState = {
  leaderId: 3001,
  leaderEpoch: 4,
  highWatermark: 98,
  voters: [voter(3000, 90), voter(3001, 100), voter(3002, -1)],
  observers: [voter(0, 50)],
};

const facts = (change: Partial<MetricFacts> = {}, brokers: Partial<BrokerFacts> = {}): MetricFacts => ({
  brokers: { known: true, brokers: [broker(0), broker(1), broker(2)], partitions: [], ...brokers },
  quorum: QUORUM,
  logDirs: new Map(),
  lags: [],
  ...change,
});

/** Samples by their name and labels, without the cluster's. */
function samples(of: MetricFacts): Record<string, number> {
  const lines = kafkaMetrics('kafka', of)
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(
    lines.map((line) => {
      const [, name, labels, value] =
        /^cdk8s_stateful_kafka_(\w+)\{cluster="kafka",?(.*)\} (\S+)$/.exec(line) ?? [];
      expect(name, line).toBeDefined();
      return [labels ? `${name} ${labels}` : name, Number(value)];
    }),
  );
}

const partitions = (...each: Partial<Partition>[]) =>
  samples(facts({}, { partitions: each.map((change, number) => partition(number, change)) }));

const EVERYTHING = facts(
  {
    logDirs: new Map([[0, [directory('/data/0/kafka', { replicas: [replica('orders', 5)] })]]]),
    lags: [{ group: 'g', topic: 'orders', partition: 0, lag: 1 }],
  },
  { partitions: [partition(0)] },
);

describe('metrics of Kafka', () => {
  it('are all those that are named, with their labels', () => {
    const text = kafkaMetrics('kafka', EVERYTHING);
    for (const [name, { help, labels }] of Object.entries(KAFKA_METRICS)) {
      const full = `cdk8s_stateful_kafka_${name}`;
      expect(text).toContain(`# HELP ${full} ${help}\n# TYPE ${full} gauge\n`);
      const line = text.split('\n').find((each) => each.startsWith(`${full}{`)) ?? '';
      const found = [...line.matchAll(/(\w+)="/g)].map(([, label]) => label);
      expect(found, name).toEqual(['cluster', ...labels]);
    }
  });

  it('please promtool', ({ skip }) => {
    const input = kafkaMetrics('kafka', EVERYTHING);
    const checked = spawnSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' });
    if (checked.error) return skip('there is no promtool on the PATH');
    expect(`${checked.stdout}${checked.stderr}`).toBe('');
    expect(checked.status).toBe(0);
  });

  it('are silent about what is not known', () => {
    const nothing = { known: false, partitions: [partition(0)] };
    expect(Object.keys(samples(facts({ quorum: undefined }, nothing)))).toEqual([
      'brokers state="serving"',
      'brokers state="starting"',
      'brokers state="gate"',
      'brokers state="silent"',
    ]);
  });

  it('count partitions by what is wrong with them', () => {
    expect(partitions({}, {})).toMatchObject({
      under_replicated_partitions: 0,
      under_min_isr_partitions: 0,
      at_min_isr_partitions: 0,
      offline_partitions: 0,
      reassigning_partitions: 0,
      'partitions topic="orders"': 2,
    });
    expect(partitions({ isr: [0, 1] }, {})).toMatchObject({
      under_replicated_partitions: 1,
      under_min_isr_partitions: 0,
      at_min_isr_partitions: 1,
    });
    expect(partitions({ isr: [0] })).toMatchObject({ under_min_isr_partitions: 1, at_min_isr_partitions: 0 });
    expect(partitions({ leader: -1, isr: [0] }, {}, {})).toMatchObject({ offline_partitions: 1 });
    expect(partitions({ topic: 'a' }, { topic: 'b' }, { topic: 'a' })).toMatchObject({
      'partitions topic="a"': 2,
      'partitions topic="b"': 1,
    });
  });

  it('do not count replicas that a move brings in as missing', () => {
    const moving = { replicas: [0, 1, 3, 2], adding: [3], removing: [2] };
    expect(partitions(moving)).toMatchObject({ under_replicated_partitions: 0, reassigning_partitions: 1 });
    expect(partitions({ ...moving, isr: [0, 2] })).toMatchObject({ under_replicated_partitions: 1 });
  });

  it('do not count as at the minimum what has no more replicas than that', () => {
    expect(partitions({ replicas: [0], isr: [0], minInSync: 1 })).toMatchObject({ at_min_isr_partitions: 0 });
  });

  it('count what brokers hold and lead', () => {
    expect(partitions({}, { leader: 1, replicas: [1, 0] })).toMatchObject({
      'broker_replicas broker="0"': 2,
      'broker_replicas broker="1"': 2,
      'broker_replicas broker="2"': 1,
      'broker_leaders broker="0"': 1,
      'broker_leaders broker="1"': 1,
      'broker_leaders broker="2"': 0,
    });
  });

  it('count brokers that should run', () => {
    const brokers = [
      broker(0),
      broker(1, { server: { state: 'silent', reason: 'no answer' } }),
      broker(2, { wanted: 'leaving', server: { state: 'starting' } }),
      broker(3, { wanted: 'leaving', set: { replicas: 0 }, server: { state: 'silent', reason: 'no pod' } }),
      broker(4, { wanted: undefined }),
      broker(5, { set: undefined, server: { state: 'gate', disk: 'empty' } }),
    ];
    expect(samples(facts({}, { brokers }))).toMatchObject({
      'brokers state="serving"': 1,
      'brokers state="starting"': 1,
      'brokers state="gate"': 1,
      'brokers state="silent"': 1,
    });
  });

  it('say how large logs are, and what is free', () => {
    const logDirs = new Map([
      [
        0,
        [
          directory('/data/0/kafka', { replicas: [replica('a', 10), replica('b', 5)] }),
          directory('/data/1/kafka', { error: 'KAFKA_STORAGE_ERROR', totalBytes: -1, usableBytes: -1 }),
        ],
      ],
      [1, [directory('/data/0/kafka', { replicas: [replica('a', 10)], usableBytes: 0 })]],
      [2, [directory('/data/0/kafka', { totalBytes: -1, usableBytes: -1 })]],
    ]);
    const found = samples(facts({ logDirs }));
    expect(Object.fromEntries(Object.entries(found).filter(([name]) => name.includes('log_')))).toEqual({
      'log_bytes broker="0"': 15,
      'log_bytes broker="1"': 10,
      'log_bytes broker="2"': 0,
      'topic_log_bytes topic="a"': 20,
      'topic_log_bytes topic="b"': 5,
      'log_dir_free_bytes broker="0",directory="/data/0/kafka"': 400,
      'log_dir_free_bytes broker="1",directory="/data/0/kafka"': 0,
      'log_dir_total_bytes broker="0",directory="/data/0/kafka"': 1_000,
      'log_dir_total_bytes broker="1",directory="/data/0/kafka"': 1_000,
      'log_dir_failed broker="0",directory="/data/0/kafka"': 0,
      'log_dir_failed broker="0",directory="/data/1/kafka"': 1,
      'log_dir_failed broker="1",directory="/data/0/kafka"': 0,
      'log_dir_failed broker="2",directory="/data/0/kafka"': 0,
    });
  });

  it('say how the quorum is', () => {
    const found = samples(facts());
    expect(Object.fromEntries(Object.entries(found).filter(([name]) => name.includes('quorum')))).toEqual({
      'quorum_leader id="3000"': 0,
      'quorum_leader id="3001"': 1,
      'quorum_leader id="3002"': 0,
      quorum_has_leader: 1,
      quorum_voters: 3,
      'quorum_voter_lag id="3000"': 10,
      'quorum_voter_lag id="3001"': 0,
      'quorum_voter_lag id="3002"': 100,
      quorum_high_watermark: 98,
    });
    expect(samples(facts({ quorum: 'unknown' }))).toMatchObject({ quorum_has_leader: 0 });
    expect(samples(facts({ quorum: 'unknown' }))).not.toHaveProperty('quorum_voters');
    expect(samples(facts({ quorum: { ...QUORUM, leaderId: -1 } }))).toMatchObject({
      quorum_has_leader: 0,
      'quorum_leader id="3001"': 0,
    });
  });

  it('say how far groups are behind', () => {
    const lags = [
      { group: 'g', topic: 'a', partition: 0, lag: 3 },
      { group: 'g', topic: 'a', partition: 1, lag: 4 },
      { group: 'h', topic: 'a', partition: 0, lag: -1 },
    ];
    expect(samples(facts({ lags }))).toMatchObject({
      'consumer_group_lag group="g",topic="a"': 7,
      'consumer_group_lag group="h",topic="a"': 0,
    });
  });

  it('write any name of a group', () => {
    const lags = [{ group: 'a "b"\\\n', topic: 'a', partition: 0, lag: 3 }];
    expect(kafkaMetrics('kafka', facts({ lags }))).toContain(
      'cdk8s_stateful_kafka_consumer_group_lag{cluster="kafka",group="a \\"b\\"\\\\\\n",topic="a"} 3\n',
    );
  });
});
