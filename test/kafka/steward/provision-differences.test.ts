import { describe, expect, it } from 'vitest';
import { aclDifference } from '../../../lib/kafka/steward/provision-acls';
import { brokerConfigDifference, topicConfigChanges } from '../../../lib/kafka/steward/provision-configs';
import { quotaDifference } from '../../../lib/kafka/steward/provision-quotas';
import { comparedTopics, topicDifference } from '../../../lib/kafka/steward/provision-topics';
import { heldMechanisms, type UserFacts, userDifference } from '../../../lib/kafka/steward/provision-users';
import type { WantedTopic, WantedUser } from '../../../lib/kafka/steward/settings';
import type { Acl, ConfigEntry, ScramMechanism, TopicState } from '../../../lib/kafka/wire/types';

const entry = (name: string, value: string | null, source: ConfigEntry['source'] = 'topic'): ConfigEntry => ({
  name,
  value,
  readOnly: false,
  source,
});

describe('settings of a topic', () => {
  it.each<[what: string, declared: Record<string, string>, found: ConfigEntry[], changes: unknown[]]>([
    ['nothing', {}, [], []],
    ['is set', { 'retention.ms': '1000' }, [], [['retention.ms', '1000']]],
    ['is there', { 'retention.ms': '1000' }, [entry('retention.ms', '1000')], []],
    [
      'is only inherited',
      { 'retention.ms': '1000' },
      [entry('retention.ms', '1000', 'default-broker')],
      [['retention.ms', '1000']],
    ],
    ['differs', { 'retention.ms': '1000' }, [entry('retention.ms', '2000')], [['retention.ms', '1000']]],
    ['is not declared', {}, [entry('retention.ms', '2000')], [['retention.ms', undefined]]],
    ['is not declared and inherited', {}, [entry('retention.ms', '2000', 'static-broker')], []],
    [
      'several, by name',
      { b: '1', a: '2' },
      [entry('c', '3')],
      [
        ['a', '2'],
        ['b', '1'],
        ['c', undefined],
      ],
    ],
    [
      'is throttled while it is moved',
      {},
      [
        entry('leader.replication.throttled.replicas', '0:1'),
        entry('follower.replication.throttled.replicas', '0:2'),
      ],
      [],
    ],
    ['cannot be seen', { a: '1' }, [entry('a', null)], [['a', '1']]],
    ['a list that is written in another way', { a: 'compact, delete' }, [entry('a', 'compact,delete')], []],
    [
      'a list in another order',
      { a: 'delete,compact' },
      [entry('a', 'compact,delete')],
      [['a', 'delete,compact']],
    ],
    ['a number that is written in another way', { a: '0.50' }, [entry('a', '0.5')], []],
    ['a number as Java writes it', { a: '10000000' }, [entry('a', '1.0E7')], []],
    ['another number', { a: '0.50' }, [entry('a', '0.6')], [['a', '0.50']]],
    [
      'large numbers that JavaScript cannot tell apart',
      { a: '9223372036854775807' },
      [entry('a', '9223372036854775806')],
      [['a', '9223372036854775807']],
    ],
    ['a large number', { a: '9223372036854775807' }, [entry('a', '9223372036854775807')], []],
    ['a truth that is written in another way', { a: 'TRUE' }, [entry('a', 'true')], []],
    ['nothing and zero', { a: '' }, [entry('a', '0')], [['a', '']]],
    ['nothing at all', { a: '' }, [entry('a', '')], []],
  ])('%s', (_, declared, found, changes) => {
    expect(topicConfigChanges(declared, found)).toEqual(changes);
  });
});

describe('settings of all brokers', () => {
  const of = (declared: Record<string, string>, ...found: ConfigEntry[]) =>
    brokerConfigDifference(declared, found).changes;
  const all = (...configs: unknown[]) => [
    { change: 'alter-configs', resource: { type: 'broker', name: '' }, configs },
  ];

  it('are exactly those that are declared', () => {
    expect(of({})).toEqual([]);
    expect(
      of({ a: '1', b: '2' }, entry('a', '1', 'default-broker'), entry('c', '3', 'default-broker')),
    ).toEqual(all(['b', '2'], ['c', undefined]));
    expect(of({ a: '1' }, entry('a', '1', 'default-broker'))).toEqual([]);
  });

  it('are not those of single brokers', () => {
    expect(
      of({ a: '1' }, entry('a', '1', 'broker'), entry('b', '1', 'broker'), entry('c', '1', 'static-broker')),
    ).toEqual(all(['a', '1']));
  });

  it('keep the rates of moves, and what Kafka sets by itself', () => {
    const found = [
      'leader.replication.throttled.rate',
      'follower.replication.throttled.rate',
      'replica.alter.log.dirs.io.max.bytes.per.second',
      'min.insync.replicas',
    ].map((name) => entry(name, '1', 'default-broker'));
    expect(of({}, ...found)).toEqual([]);
    expect(of({ 'min.insync.replicas': '2' }, ...found)).toEqual(all(['min.insync.replicas', '2']));
  });
});

describe('topics', () => {
  const topic = (change: Partial<WantedTopic> = {}): WantedTopic => ({
    name: 'orders',
    partitions: 2,
    replicationFactor: 3,
    configs: {},
    ...change,
  });
  const state = (replicas: number[][], change: Partial<TopicState> = {}): TopicState => ({
    name: 'orders',
    internal: false,
    partitions: replicas.map((ids, partition) => ({
      partition,
      leader: ids[0],
      replicas: ids,
      isr: ids,
      offlineReplicas: [],
    })),
    ...change,
  });
  const THREE = [{ id: 0 }, { id: 1 }, { id: 2 }];
  const TWO = THREE.slice(1);
  const there = state([
    [0, 1, 2],
    [1, 2, 0],
  ]);
  const difference = (
    wanted: WantedTopic,
    found: TopicState[],
    brokers = THREE,
    configs = new Map<string, ConfigEntry[]>([['orders', []]]),
  ) => {
    const { changes, waits, notes, factors } = topicDifference([wanted], { brokers, topics: found, configs });
    return { changes, waits, notes, factors: Object.fromEntries(factors) };
  };
  const nothing = { changes: [], waits: [], notes: [], factors: {} };

  it('are created', () => {
    expect(difference(topic({ configs: { a: '1' } }), [])).toEqual({
      ...nothing,
      changes: [
        {
          change: 'create-topic',
          topic: { name: 'orders', partitions: 2, replicationFactor: 3, configs: { a: '1' } },
        },
      ],
    });
  });

  it('wait for as many brokers as they have replicas', () => {
    expect(difference(topic(), [], TWO)).toEqual({
      ...nothing,
      waits: ['the topic orders is created once 3 brokers serve, as many as it has replicas; 2 do now'],
    });
    expect(difference(topic({ partitions: 3 }), [there], TWO)).toEqual({
      ...nothing,
      waits: ['the topic orders is grown once 3 brokers serve, as many as it has replicas; 2 do now'],
    });
    expect(difference(topic({ replicationFactor: 2 }), [], TWO.slice(1)).waits).toEqual([
      'the topic orders is created once 2 brokers serve, as many as it has replicas; 1 does now',
    ]);
  });

  it('are left alone when they are as declared', () => {
    expect(difference(topic(), [there])).toEqual(nothing);
    expect(difference(topic(), [there], [])).toEqual(nothing);
  });

  it('grow', () => {
    expect(difference(topic({ partitions: 5 }), [there])).toEqual({
      ...nothing,
      changes: [{ change: 'grow-topic', topic: 'orders', partitions: 5 }],
    });
  });

  it('do not shrink', () => {
    expect(difference(topic({ partitions: 1 }), [there])).toEqual({
      ...nothing,
      notes: [
        'the topic orders keeps its 2 partitions, although 1 is declared: Kafka cannot take partitions away; declare 2, or let it be deleted and declare it anew',
      ],
    });
  });

  it('have the settings that are declared', () => {
    const configs = new Map([['orders', [entry('b', '2')]]]);
    expect(difference(topic({ configs: { a: '1' } }), [there], THREE, configs)).toEqual({
      ...nothing,
      changes: [
        {
          change: 'alter-configs',
          resource: { type: 'topic', name: 'orders' },
          configs: [
            ['a', '1'],
            ['b', undefined],
          ],
        },
      ],
    });
    expect(difference(topic({ configs: { a: '1' } }), [there], THREE, new Map())).toEqual(nothing);
  });

  it('tell of another number of replicas', () => {
    expect(difference(topic({ replicationFactor: 2 }), [there])).toEqual({
      ...nothing,
      factors: { orders: 2 },
    });
    expect(
      difference(topic(), [
        state([
          [0, 1, 2],
          [1, 2],
        ]),
      ]),
    ).toEqual({ ...nothing, factors: { orders: 3 } });
  });

  it('are deleted when they are marked, and nobody else is', () => {
    const other = state([[0]], { name: 'other' });
    expect(difference(topic({ delete: true }), [there, other])).toEqual({
      ...nothing,
      changes: [{ change: 'delete-topic', topic: 'orders' }],
    });
    expect(difference(topic({ delete: true }), [other])).toEqual(nothing);
    expect(difference(topic({ delete: true }), [{ ...there, internal: true }])).toEqual({
      ...nothing,
      notes: ["the topic orders is Kafka's own and is not deleted"],
    });
  });

  it('are deleted last', () => {
    const wanted = [topic({ delete: true }), topic({ name: 'other' })];
    const { changes } = topicDifference(wanted, { brokers: THREE, topics: [there], configs: new Map() });
    expect(changes.map(({ change }) => change)).toEqual(['create-topic', 'delete-topic']);
  });

  it('are compared where they are declared and there', () => {
    const wanted = [topic(), topic({ name: 'new' }), topic({ name: 'old', delete: true })];
    expect(
      comparedTopics(wanted, [there, state([[0]], { name: 'old' }), state([[0]], { name: 'x' })]),
    ).toEqual(['orders']);
  });
});

const user = (change: Partial<WantedUser> = {}): WantedUser => ({
  name: 'ann',
  acls: [],
  quotas: {},
  ...change,
});

describe('passwords', () => {
  const S256: ScramMechanism = 'SCRAM-SHA-256';
  const S512: ScramMechanism = 'SCRAM-SHA-512';
  const ann = user({ scram: S512 });
  const facts = (
    found: readonly ScramMechanism[],
    right: boolean | 'untried' = true,
    change: Partial<UserFacts> = {},
  ): UserFacts => ({
    users: new Map([
      ...(found.length > 0 ? [['ann', found] as const] : []),
      ['bob', [S256]] as [string, ScramMechanism[]],
    ]),
    taken: new Set([S512]),
    passwords: new Map([['ann', 'secret']]),
    right: () => (right === 'untried' ? undefined : right),
    ...change,
  });
  const set = (mechanism: ScramMechanism) => ({ change: 'set-scram', user: 'ann', mechanism });
  const remove = (mechanism: ScramMechanism) => ({ change: 'delete-scram', user: 'ann', mechanism });
  const both = { taken: new Set([S256, S512]) };

  it.each<[what: string, wanted: WantedUser, facts: UserFacts, changes: unknown[], waits: string[]]>([
    ['are set where there is none', ann, facts([], 'untried'), [set(S512)], []],
    ['are left alone when they are right', ann, facts([S512]), [], []],
    ['are set when they are wrong', ann, facts([S512], false), [set(S512)], []],
    [
      'are not set before they were tried',
      ann,
      facts([S512], 'untried'),
      [],
      ['has yet to try the password of the user ann'],
    ],
    [
      'wait for their Secret',
      ann,
      facts([S512], true, { passwords: new Map() }),
      [],
      ['waits for the Secret of the user ann, which has no password yet'],
    ],
    ['of a mechanism that no listener takes are deleted', ann, facts([S256, S512]), [remove(S256)], []],
    ['of another mechanism are kept where a listener takes it', ann, facts([S256, S512], true, both), [], []],
    [
      'of another mechanism are as in the Secret where a listener takes it',
      ann,
      facts([S256], false, both),
      [set(S512), set(S256)],
      [],
    ],
    ['of a user without SCRAM are left alone', user(), facts([S512], false), [], []],
    [
      'of a marked user are deleted',
      user({ scram: S512, delete: true }),
      facts([S256, S512], 'untried', { passwords: new Map() }),
      [remove(S256), remove(S512)],
      [],
    ],
    ['of a marked user without SCRAM are deleted', user({ delete: true }), facts([S512]), [remove(S512)], []],
    ['of a marked user that is gone need nothing', user({ delete: true }), facts([]), [], []],
  ])('%s', (_, wanted, found, changes, waits) => {
    expect(userDifference([wanted], found)).toEqual({ changes, waits, notes: [] });
  });

  it('are held for the mechanism that is declared, and for others that open a door', () => {
    expect(heldMechanisms(ann, facts([S256], true, both))).toEqual([S512, S256]);
    expect(heldMechanisms(ann, facts([S256]))).toEqual([S512]);
    expect(heldMechanisms(user(), facts([S256], true, both))).toEqual([]);
  });
});

describe('ACLs', () => {
  const acl = (change: Partial<Acl> = {}): Acl => ({
    resource: 'topic',
    name: 'orders',
    pattern: 'literal',
    principal: 'User:ann',
    host: '*',
    operation: 'Read',
    permission: 'allow',
    ...change,
  });
  const declared = (...acls: Acl[]) => user({ acls: acls.map(({ principal: _, ...rest }) => rest) });
  const create = (...acls: Acl[]) => ({ change: 'create-acls', user: 'ann', acls });
  const remove = (...acls: Acl[]) => ({ change: 'delete-acls', user: 'ann', acls });
  const write = acl({ operation: 'Write' });
  const deny = acl({ permission: 'deny' });

  it.each<[what: string, wanted: WantedUser, found: Acl[], changes: unknown[]]>([
    ['are created', declared(acl(), write), [], [create(acl(), write)]],
    ['are created once', declared(acl(), acl()), [], [create(acl())]],
    ['are left alone', declared(acl(), write), [write, acl()], []],
    ['are created before others are deleted', declared(write), [acl()], [create(write), remove(acl())]],
    ['deny before they allow', declared(acl(), deny), [], [create(deny, acl())]],
    ['allow no longer before they deny no longer', declared(), [deny, write], [remove(write, deny)]],
    [
      'of others are left alone',
      declared(),
      [acl({ principal: 'User:bob' }), acl({ principal: 'Group:ann' })],
      [],
    ],
    [
      'of marked users are deleted',
      { ...declared(acl()), delete: true },
      [acl(), write],
      [remove(acl(), write)],
    ],
    [
      'are the same however the operation is written',
      declared(acl({ operation: 'DescribeConfigs' })),
      [acl({ operation: 'DESCRIBE_CONFIGS' })],
      [],
    ],
    ...(
      [
        ['resource', { resource: 'group' }],
        ['name', { name: 'other' }],
        ['pattern', { pattern: 'prefixed' }],
        ['host', { host: '10.0.0.1' }],
        ['operation', { operation: 'Describe' }],
        ['permission', { permission: 'deny' }],
      ] as [string, Partial<Acl>][]
    ).map(([what, change]): [string, WantedUser, Acl[], unknown[]] => [
      `differ by ${what}`,
      declared(acl(change)),
      [acl()],
      [create(acl(change)), remove(acl())],
    ]),
  ])('%s', (_, wanted, found, changes) => {
    expect(aclDifference([wanted], found).changes).toEqual(changes);
  });
});

describe('quotas', () => {
  const alter = (limits: Record<string, number | undefined>) => [
    { change: 'alter-quota', user: 'ann', limits },
  ];
  it.each<[what: string, wanted: WantedUser, found: Record<string, number> | undefined, changes: unknown[]]>([
    ['are set', user({ quotas: { a: 1, b: 2 } }), undefined, alter({ a: 1, b: 2 })],
    ['are left alone', user({ quotas: { a: 1 } }), { a: 1 }, []],
    [
      'are changed and removed',
      user({ quotas: { a: 1, c: 3 } }),
      { a: 2, b: 2, c: 3 },
      alter({ a: 1, b: undefined }),
    ],
    ['of a user that declares none are removed', user(), { a: 1 }, alter({ a: undefined })],
    [
      'of a marked user are removed',
      user({ quotas: { a: 1 }, delete: true }),
      { a: 1 },
      alter({ a: undefined }),
    ],
    ['of a marked user that is gone need nothing', user({ delete: true }), undefined, []],
  ])('%s', (_, wanted, found, changes) => {
    const all = [{ user: 'bob', limits: { z: 1 } }, ...(found ? [{ user: 'ann', limits: found }] : [])];
    expect(quotaDifference([wanted], all).changes).toEqual(changes);
  });
});
