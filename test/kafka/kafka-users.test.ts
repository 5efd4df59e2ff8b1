import { Duration, Size } from 'cdk8s';
import { describe, expect, it } from 'vitest';
import type { KafkaAcl, KafkaTopic } from '../../lib/kafka/kafka-props';
import { aclsOf, checkUser, checkUserName, type DeclaredUser, wantedUser } from '../../lib/kafka/kafka-users';
import { checkWanted, type KafkaDeclarations, topicConfigs, wantedKafka } from '../../lib/kafka/kafka-wanted';

const allowed = (resource: string, name: string, operation: string, pattern = 'literal') => ({
  resource,
  name,
  pattern,
  host: '*',
  operation,
  permission: 'allow',
});
const acls = (user: Omit<DeclaredUser, 'name'>) => aclsOf({ name: 'shop', ...user });

describe('aclsOf', () => {
  it('lets a producer write, and never create', () => {
    expect(acls({ produce: ['orders'] })).toEqual([
      allowed('topic', 'orders', 'Describe'),
      allowed('topic', 'orders', 'Write'),
    ]);
  });

  it('lets a consumer read, in groups whose name begins with its own', () => {
    expect(acls({ consume: ['orders'] })).toEqual([
      allowed('group', 'shop', 'Describe', 'prefixed'),
      allowed('group', 'shop', 'Read', 'prefixed'),
      allowed('topic', 'orders', 'Describe'),
      allowed('topic', 'orders', 'Read'),
    ]);
  });

  it('takes other groups instead', () => {
    const groups = acls({ consume: ['orders'], groups: ['a', 'b-*'] }).filter(
      ({ resource }) => resource === 'group',
    );
    expect(groups).toEqual([
      allowed('group', 'a', 'Describe'),
      allowed('group', 'a', 'Read'),
      allowed('group', 'b-', 'Describe', 'prefixed'),
      allowed('group', 'b-', 'Read', 'prefixed'),
    ]);
    expect(acls({ consume: ['orders'], groups: [] })).toHaveLength(2);
  });

  it('takes prefixes, and "*" for every name as Kafka does', () => {
    expect(acls({ produce: ['orders.*'] })[0]).toEqual(allowed('topic', 'orders.', 'Describe', 'prefixed'));
    expect(acls({ produce: ['*'] })[0]).toEqual(allowed('topic', '*', 'Describe'));
  });

  it('lets transactions be written', () => {
    expect(acls({ transactionalIds: ['tx-*'] })).toEqual([
      allowed('transactionalId', 'tx-', 'Describe', 'prefixed'),
      allowed('transactionalId', 'tx-', 'Write', 'prefixed'),
    ]);
  });

  it('adds what else is asked for', () => {
    const more: KafkaAcl[] = [
      { resource: 'cluster', operations: ['Describe'] },
      {
        resource: 'topic',
        name: 'secret',
        operations: ['Read'],
        permission: 'deny',
        host: '10.0.0.1',
        pattern: 'prefixed',
      },
      { resource: 'topic', operations: ['Describe', 'DescribeConfigs'] },
    ];
    expect(acls({ acls: more })).toEqual([
      allowed('cluster', 'kafka-cluster', 'Describe'),
      allowed('topic', '*', 'Describe'),
      allowed('topic', '*', 'DescribeConfigs'),
      { ...allowed('topic', 'secret', 'Read', 'prefixed'), permission: 'deny', host: '10.0.0.1' },
    ]);
  });

  it('says everything once, in one order', () => {
    const there = acls({ produce: ['a', 'b'], consume: ['a', 'b', 'a'] });
    expect(acls({ produce: ['b', 'a', 'a'], consume: ['b', 'a'] })).toEqual(there);
    expect(there).toHaveLength(2 + 2 * 3);
  });
});

describe('a wanted user', () => {
  const user: DeclaredUser = {
    name: 'shop',
    scram: 'SCRAM-SHA-256',
    produce: ['orders'],
    quotas: { producerByteRate: 1024, requestPercentage: 50, consumerByteRate: 2048 },
  };

  it('has what Kafka calls it', () => {
    expect(wantedUser(user, true)).toEqual({
      name: 'shop',
      scram: 'SCRAM-SHA-256',
      acls: aclsOf(user),
      quotas: { consumer_byte_rate: 2048, producer_byte_rate: 1024, request_percentage: 50 },
    });
  });

  it('has no ACLs where none are enforced', () => {
    expect(wantedUser(user, false).acls).toEqual([]);
  });

  it('is only a name once it is to be deleted', () => {
    expect(wantedUser({ ...user, delete: true }, true)).toEqual({
      name: 'shop',
      acls: [],
      quotas: {},
      delete: true,
    });
  });
});

const messages = (findings: { message: string }[]) => findings.map(({ message }) => message);

describe('checks of users', () => {
  it.each([
    [
      '',
      'user "" is not a name; begin with a letter or a digit, go on with these or ".", "_", "-" and "@", and stop at 64',
    ],
    [
      '../x',
      'user "../x" is not a name; begin with a letter or a digit, go on with these or ".", "_", "-" and "@", and stop at 64',
    ],
    ['kafka.data', 'user "kafka.data" is that of the servers, who may do everything; choose another name'],
  ])('refuse the name %j', (name, message) => {
    expect(messages(checkUserName(name, ['kafka.data']))).toEqual([message]);
  });

  it('take ordinary names', () => {
    for (const name of ['shop', 'ANONYMOUS', 'ann@example.com', 'a_b-c.d', 'x'.repeat(64)])
      expect(checkUserName(name)).toEqual([]);
    expect(checkUserName('x'.repeat(65))).toHaveLength(1);
  });

  it.each<[Omit<DeclaredUser, 'name'>, string]>([
    [
      { produce: ['a*b'] },
      'user "shop": "a*b" is neither the name of a topic nor a prefix; a prefix ends with the only "*"',
    ],
    [
      { groups: [''] },
      'user "shop": "" is neither the name of a group nor a prefix; a prefix ends with the only "*"',
    ],
    [
      { consume: ['a/b'] },
      'user "shop": topic "a/b"; topics have at most 249 letters, digits, ".", "_" and "-" in their names',
    ],
    [
      { acls: [{ resource: 'group', operations: ['Write', 'Read'] }] },
      'user "shop": ACL of a group with Write; there are All, Read, Delete, Describe, DescribeConfigs, AlterConfigs',
    ],
    [
      { acls: [{ resource: 'topic', operations: [] }] },
      'user "shop": ACL of a topic without operations; name at least one',
    ],
    [
      { acls: [{ resource: 'cluster', name: 'x', operations: ['All'] }] },
      'user "shop": ACL of the cluster "x"; leave the name out, there is only one',
    ],
    [
      { acls: [{ resource: 'topic', name: 'x*', operations: ['Read'] }] },
      'user "shop": ACL of the topic "x*"; give pattern: \'prefixed\' and the name without "*"',
    ],
    [
      { acls: [{ resource: 'topic', pattern: 'prefixed', operations: ['Read'] }] },
      'user "shop": ACL of a topic with pattern \'prefixed\' and no prefix; give its name, or leave the pattern out for every topic',
    ],
    [
      { quotas: { producerByteRate: 0 } },
      'user "shop": quotas.producerByteRate is 0; give a number above 0, or leave it out',
    ],
  ])('refuse %j', (user, message) => {
    expect(messages(checkUser({ name: 'shop', ...user }))).toEqual([message]);
  });

  it('take what is fine', () => {
    const user = { produce: ['*', 'a.*'], groups: ['my group'.replace(' ', '/')], transactionalIds: ['*'] };
    expect(checkUser({ name: 'shop', ...user, acls: [{ resource: 'user', operations: ['All'] }] })).toEqual(
      [],
    );
  });
});

const declare = (topics: Record<string, KafkaTopic>, more: Partial<KafkaDeclarations> = {}) => ({
  topics,
  users: [],
  defaults: { partitions: 1, replicationFactor: 3 },
  acls: true,
  taken: [],
  ...more,
});

describe('wantedKafka', () => {
  it('has topics with defaults, sorted', () => {
    const topics = { b: { partitions: 6, replicationFactor: 2 }, a: {}, old: { delete: true } };
    expect(wantedKafka(declare(topics))).toEqual({
      topics: [
        { name: 'a', partitions: 1, replicationFactor: 3, configs: {} },
        { name: 'b', partitions: 6, replicationFactor: 2, configs: {} },
        { name: 'old', partitions: 1, replicationFactor: 3, configs: {}, delete: true },
      ],
      users: [],
      acls: true,
    });
  });

  it('has users, sorted', () => {
    const { users } = wantedKafka(declare({}, { users: [{ name: 'b' }, { name: 'a' }] }));
    expect(users.map(({ name }) => name)).toEqual(['a', 'b']);
  });

  it('says settings as Kafka does', () => {
    const configs = topicConfigs({
      retention: Duration.days(7),
      retentionBytes: Size.gibibytes(1),
      cleanupPolicy: 'compact,delete',
      minInSyncReplicas: 2,
      configuration: { 'segment.bytes': 1048576, 'unclean.leader.election.enable': false },
    });
    expect(Object.entries(configs)).toEqual([
      ['cleanup.policy', 'compact,delete'],
      ['min.insync.replicas', '2'],
      ['retention.bytes', '1073741824'],
      ['retention.ms', '604800000'],
      ['segment.bytes', '1048576'],
      ['unclean.leader.election.enable', 'false'],
    ]);
  });
});

describe('checks of topics', () => {
  it.each<[string, Record<string, KafkaTopic>, string]>([
    [
      'a name that is none',
      { 'a/b': {} },
      'topic "a/b" is not a name; use at most 249 letters, digits, ".", "_" and "-"',
    ],
    ['a dot', { '..': {} }, 'topic ".." is not a name; use at most 249 letters, digits, ".", "_" and "-"'],
    ["Kafka's own", { __consumer_offsets: {} }, 'topic "__consumer_offsets" is Kafka\'s own; leave it out'],
    [
      'names that collide',
      { 'a.b': {}, a_b: {} },
      'topics "a.b" and "a_b" differ only in "." and "_", which Kafka refuses; rename one',
    ],
    ['no partitions', { a: { partitions: 0 } }, 'topic "a": partitions is 0; give a whole number from 1'],
    [
      'more in sync than there are',
      { a: { minInSyncReplicas: 4 } },
      'topic "a": minInSyncReplicas is 4 of 3 replicas, so nothing could be written with acks=all; lower it, or raise replicationFactor',
    ],
    [
      'a setting that has a prop',
      { a: { configuration: { 'retention.ms': 1 } } },
      'topic "a": configuration has retention.ms; give retention instead',
    ],
    [
      "the steward's setting",
      { a: { configuration: { 'leader.replication.throttled.replicas': '*' } } },
      'topic "a": configuration has leader.replication.throttled.replicas, which the steward sets; leave it out',
    ],
    [
      'a setting that is none',
      { a: { configuration: { 'a b': 1 } } },
      'topic "a": configuration has "a b", which is not the name of a setting',
    ],
    [
      'a line break',
      { a: { configuration: { 'compression.type': 'x\ny' } } },
      'topic "a": compression.type holds a line break; give one line without',
    ],
  ])('refuse %s', (_, topics, message) => {
    expect(messages(checkWanted(declare(topics)))).toEqual([message]);
  });

  it('take rights to topics that are not declared', () => {
    const users = [{ name: 'shop', produce: ['elsewhere'] }];
    expect(checkWanted(declare({ orders: {} }, { users }))).toEqual([]);
  });

  it('take each thing that is said once', () => {
    expect(checkWanted(declare({ a: { minInSyncReplicas: 2, partitions: 3 }, 'b.c': {}, b_d: {} }))).toEqual(
      [],
    );
  });
});
