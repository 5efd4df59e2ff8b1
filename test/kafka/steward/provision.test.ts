import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Provisioner, type ProvisionSettings } from '../../../lib/kafka/steward/provision';
import { Passwords } from '../../../lib/kafka/steward/provision-passwords';
import type { WantedKafka, WantedTopic, WantedUser } from '../../../lib/kafka/steward/settings';
import { KafkaError } from '../../../lib/kafka/wire/types';
import { FakeAdmin } from './fake-admin';
import { SecretsDirectory } from './secrets-directory';

const TOPIC: WantedTopic = { name: 'orders', partitions: 2, replicationFactor: 3, configs: {} };
const ANN: WantedUser = { name: 'ann', scram: 'SCRAM-SHA-512', acls: [], quotas: {} };
const READ = {
  resource: 'topic',
  name: 'orders',
  pattern: 'literal',
  host: '*',
  operation: 'Read',
  permission: 'allow',
} as const;
const TIMING = { settled: 15_000, missing: 3_000, pause: 20_000, budget: 3_000 };

let admin: FakeAdmin;
let secrets: SecretsDirectory;
let now: number;
let tried: string[];

beforeEach(() => {
  admin = new FakeAdmin();
  secrets = new SecretsDirectory();
  secrets.put('ann', 'secret\n');
  now = 0;
  tried = [];
});

afterEach(() => secrets.close());

function provisioner(
  wanted: Partial<WantedKafka>,
  settings: Partial<ProvisionSettings> = {},
  tell: (right: boolean | undefined) => boolean | undefined = (right) => right,
): Provisioner {
  const all: ProvisionSettings = {
    dynamicConfiguration: {},
    wanted: { topics: [], users: [], acls: true, ...wanted },
    scram: [{ port: 9092, tls: false, mechanism: 'SCRAM-SHA-512' }],
    ...settings,
  };
  const passwords = new Passwords(async (user, mechanism, password) => {
    tried.push(`${user} ${password}`);
    return tell(admin.login(user, mechanism, password));
  }, secrets.path);
  return new Provisioner(admin, all, passwords, TIMING, () => now);
}

describe('a provisioner', () => {
  it('has nothing to do where nothing is declared', async () => {
    expect(await provisioner({}).look()).toEqual({ notes: [], factors: new Map() });
    expect(admin.looks).toEqual(['describeConfigs broker:']);
  });

  it('brings about what is declared, in order', async () => {
    const ann: WantedUser = { ...ANN, acls: [READ], quotas: { producer_byte_rate: 1 } };
    const old: WantedUser = { name: 'old', acls: [], quotas: {}, delete: true };
    await admin.setScramUser('old', 'SCRAM-SHA-256', 'p');
    await admin.createAcls([{ ...READ, principal: 'User:old' }]);
    await admin.alterQuota('old', { producer_byte_rate: 1 });
    admin.put('gone', [[0, 1]]);
    admin.put('other', [[0, 1]], { a: '1' });
    admin.put('small', [[0, 1]], { a: '1' });
    admin.changes.length = 0;
    const it = provisioner(
      {
        topics: [
          { ...TOPIC, name: 'gone', delete: true },
          { ...TOPIC, name: 'small', configs: { b: '2' } },
          TOPIC,
        ],
        users: [ann, old],
      },
      { dynamicConfiguration: { 'log.retention.ms': '1' } },
    );
    expect((await it.look()).missing).toBe(
      'sets log.retention.ms of all brokers; sets the SCRAM-SHA-512 password of the user ann; ' +
        'deletes the SCRAM-SHA-256 password of the user old; creates 1 ACL of the user ann; ' +
        'deletes 1 ACL of the user old; and 6 more',
    );
    await it.provision();
    expect(admin.changes).toEqual([
      'alterConfigs broker: log.retention.ms=1',
      'setScramUser ann SCRAM-SHA-512',
      'deleteScramUser old SCRAM-SHA-256',
      'createAcls 1',
      'deleteAcls 1',
      'alterQuota ann',
      'alterQuota old',
      'growTopic small 2',
      'alterConfigs topic:small -a b=2',
      'createTopics orders',
      'deleteTopic gone',
    ]);
    expect(admin.passwords).toEqual(new Map([['ann', new Map([['SCRAM-SHA-512', 'secret']])]]));
    expect(admin.aclList).toEqual([{ ...READ, principal: 'User:ann' }]);
    expect(await it.look()).toEqual({ notes: [], factors: new Map([['small', 3]]) });
    await it.provision();
    expect(admin.changes.length).toBe(11);
  });

  it('does not ask the cluster in each lap', async () => {
    const it = provisioner({ topics: [TOPIC], users: [ANN] });
    await it.look();
    await it.provision();
    await it.look();
    const { length } = admin.looks;
    now += 14_999;
    await it.look();
    expect(admin.looks.length).toBe(length);
    now += 1;
    await it.look();
    expect(admin.looks.length).toBeGreaterThan(length);
  });

  it('sees what somebody else undoes', async () => {
    const it = provisioner({ topics: [TOPIC] });
    await it.provision();
    expect((await it.look()).missing).toBeUndefined();
    await admin.deleteTopic('orders');
    now += 15_000;
    expect(await it.look()).toMatchObject({ missing: 'creates the topic orders' });
    expect((await it.look()).blocked).toBeUndefined();
  });

  it('does the rest when something fails, and names everything that did', async () => {
    admin.invalidConfigs.add('nonsense');
    const it = provisioner({
      topics: [{ ...TOPIC, name: 'a', configs: { nonsense: '1' } }, { ...TOPIC, name: 'b b' }, TOPIC],
    });
    await expect(it.provision()).rejects.toThrow(
      /^creates the topic a: nonsense is invalid; creates the topic b b: b b is no name$/,
    );
    expect([...admin.topicsByName.keys()]).toEqual(['orders']);
    expect(await it.look()).toEqual({
      missing: 'creates the topic a; creates the topic b b',
      blocked: 'creates the topic a: nonsense is invalid; creates the topic b b: b b is no name',
      notes: [],
      factors: new Map(),
    });
  });

  it('lets a failure rest, and then tries again', async () => {
    admin.invalidConfigs.add('nonsense');
    const it = provisioner({ topics: [{ ...TOPIC, configs: { nonsense: '1' } }] });
    await expect(it.provision()).rejects.toThrow();
    await it.provision();
    admin.invalidConfigs.clear();
    now += 19_999;
    expect((await it.look()).blocked).toBe('creates the topic orders: nonsense is invalid');
    now += 1;
    expect(await it.look()).toMatchObject({ missing: 'creates the topic orders', blocked: undefined });
    await it.provision();
    expect((await it.look()).missing).toBeUndefined();
  });

  it('is not blocked by what failed while there is something else to do', async () => {
    admin.invalidConfigs.add('nonsense');
    const it = provisioner({ topics: [{ ...TOPIC, name: 'a', configs: { nonsense: '1' } }, TOPIC] });
    await expect(it.provision()).rejects.toThrow();
    await it.look();
    await admin.deleteTopic('orders');
    now += 3_000;
    expect(await it.look()).toMatchObject({
      missing: 'creates the topic a; creates the topic orders',
      blocked: undefined,
    });
    await it.provision();
    expect([...admin.topicsByName.keys()]).toEqual(['orders']);
  });

  it('does not repeat what the brokers cannot see yet', async () => {
    const it = provisioner({ topics: [TOPIC] });
    const state = await admin.describe();
    admin.describe = async () => state;
    await it.provision();
    expect(await it.look()).toMatchObject({
      missing: 'creates the topic orders',
      blocked: 'creates the topic orders: that was done, and cannot be seen yet',
    });
    await it.provision();
    expect(admin.changes).toEqual(['createTopics orders']);
    now += 20_000;
    await it.provision();
    expect(admin.changes).toEqual(['createTopics orders', 'createTopics orders']);
  });

  it('takes no longer than the loop can wait', async () => {
    const topics = [1, 2, 3, 4, 5].map((each) => ({ ...TOPIC, name: `t${each}` }));
    const it = provisioner({ topics });
    admin.before = (_, change) => {
      if (change) now += 1_500;
    };
    await it.provision();
    expect(admin.changes.length).toBe(3);
    expect(await it.look()).toMatchObject({ missing: 'creates the topic t4; creates the topic t5' });
    await it.provision();
    expect((await it.look()).missing).toBeUndefined();
  });

  it('waits with a topic for its brokers', async () => {
    admin.stop(1);
    const it = provisioner({ topics: [TOPIC] });
    const why = 'the topic orders is created once 3 brokers serve, as many as it has replicas; 2 do now';
    expect(await it.look()).toMatchObject({ missing: why, blocked: why });
    await it.provision();
    expect(admin.changes).toEqual([]);
    admin.start(1);
    now += 3_000;
    expect(await it.look()).toMatchObject({ missing: 'creates the topic orders', blocked: undefined });
  });

  it('looks at the rest when something cannot be looked at', async () => {
    admin.before = (call) => {
      if (call === 'acls') throw new KafkaError('SECURITY_DISABLED', 'no authorizer is configured');
    };
    const it = provisioner({ topics: [TOPIC], users: [ANN] });
    await it.provision();
    const why = 'cannot look at ACLs: no authorizer is configured';
    expect(await it.look()).toMatchObject({ missing: why, blocked: why });
    expect([...admin.topicsByName.keys()]).toEqual(['orders']);
  });

  it('says so when no broker answers', async () => {
    for (const id of [0, 1, 2]) admin.stop(id);
    const { missing, blocked } = await provisioner({ topics: [TOPIC] }).look();
    expect(missing).toBe(
      'cannot look at the settings of all brokers: no broker answers; cannot look at topics: no broker answers',
    );
    expect(blocked).toBe(missing);
  });

  it('takes for done what somebody else was quicker to do', async () => {
    const old: WantedUser = { name: 'old', acls: [], quotas: {}, delete: true };
    admin.put('gone', [[0]]);
    await admin.setScramUser('old', 'SCRAM-SHA-256', 'p');
    const it = provisioner({ topics: [TOPIC, { ...TOPIC, name: 'gone', delete: true }], users: [old] });
    admin.before = (call) => {
      if (call.startsWith('createTopics')) admin.put('orders', [[0], [0]]);
      if (call.startsWith('deleteTopic')) admin.topicsByName.delete('gone');
      if (call.startsWith('deleteScramUser')) admin.passwords.delete('old');
    };
    await it.provision();
    expect((await it.look()).missing).toBeUndefined();
  });

  it('leaves ACLs alone where none are kept', async () => {
    const it = provisioner({ users: [{ ...ANN, acls: [READ] }], acls: false });
    await it.provision();
    expect(admin.aclList).toEqual([]);
    expect((await it.look()).missing).toBeUndefined();
  });
});

describe('passwords', () => {
  it('are tried once, and again when their Secret has changed', async () => {
    await admin.setScramUser('ann', 'SCRAM-SHA-512', 'secret');
    const it = provisioner({ users: [ANN] });
    for (let lap = 0; lap < 3; lap++, now += 15_000) expect((await it.look()).missing).toBeUndefined();
    expect(tried).toEqual(['ann secret']);
    secrets.put('ann', 'other');
    expect((await it.look()).missing).toBe('sets the SCRAM-SHA-512 password of the user ann');
    expect(tried).toEqual(['ann secret', 'ann other']);
    await it.provision();
    expect(admin.login('ann', 'SCRAM-SHA-512', 'other')).toBe(true);
    now += 15_000;
    expect((await it.look()).missing).toBeUndefined();
    expect(tried).toEqual(['ann secret', 'ann other']);
  });

  it('are not tried where there is none, nor after they were set', async () => {
    const it = provisioner({ users: [ANN] });
    await it.provision();
    expect((await it.look()).missing).toBeUndefined();
    expect(tried).toEqual([]);
  });

  it('are set once where they cannot be tried', async () => {
    await admin.setScramUser('ann', 'SCRAM-SHA-512', 'secret');
    const it = provisioner({ users: [ANN] }, {}, () => undefined);
    expect((await it.look()).missing).toBe('sets the SCRAM-SHA-512 password of the user ann');
    await it.provision();
    expect((await it.look()).missing).toBeUndefined();
  });

  it('are set again when somebody has deleted the user', async () => {
    const it = provisioner({ users: [ANN] });
    await it.provision();
    await it.look();
    await admin.deleteScramUser('ann', 'SCRAM-SHA-512');
    now += 15_000;
    await it.look();
    await it.provision();
    expect(admin.login('ann', 'SCRAM-SHA-512', 'secret')).toBe(true);
  });

  it.each([
    ['secret\n', 'secret'],
    ['secret\r\n', 'secret'],
    [' a b ', ' a b '],
    ['a\n\n', 'a\n'],
  ])('%j is %j', async (written, meant) => {
    secrets.put('ann', written);
    await provisioner({ users: [ANN] }).provision();
    expect(admin.login('ann', 'SCRAM-SHA-512', meant)).toBe(true);
  });

  it('wait for their Secret, and the rest does not', async () => {
    secrets.remove('ann');
    const it = provisioner({ users: [ANN, { ...ANN, name: 'bob' }], topics: [TOPIC] });
    secrets.put('bob', '');
    await it.provision();
    const why =
      'waits for the Secret of the user ann, which has no password yet; waits for the Secret of the user bob, which has no password yet';
    expect(await it.look()).toMatchObject({ missing: why, blocked: why });
    expect([...admin.topicsByName.keys()]).toEqual(['orders']);
    secrets.put('ann', 'late');
    secrets.put('bob', 'later');
    now += 3_000;
    expect((await it.look()).blocked).toBeUndefined();
    await it.provision();
    expect((await it.look()).missing).toBeUndefined();
  });

  it('stand in nothing that is told', async () => {
    secrets.put('ann', 'very secret');
    admin.before = (call) => {
      if (call.startsWith('setScramUser')) throw new KafkaError('UNKNOWN_SERVER_ERROR', 'not now');
    };
    const it = provisioner({ users: [ANN] });
    const error = await it.provision().catch((each) => each);
    expect(error.message).toBe('sets the SCRAM-SHA-512 password of the user ann: not now');
    expect(JSON.stringify([await it.look(), error])).not.toContain('very secret');
  });
});
