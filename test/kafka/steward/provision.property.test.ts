import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Provisioner, type ProvisionSettings } from '../../../lib/kafka/steward/provision';
import { aclKey } from '../../../lib/kafka/steward/provision-acls';
import { Passwords } from '../../../lib/kafka/steward/provision-passwords';
import type { WantedTopic, WantedUser } from '../../../lib/kafka/steward/settings';
import type { Acl, ScramMechanism } from '../../../lib/kafka/wire/types';
import { FakeAdmin } from './fake-admin';
import { SecretsDirectory } from './secrets-directory';

const MECHANISMS: ScramMechanism[] = ['SCRAM-SHA-256', 'SCRAM-SHA-512'];
const NAMES = ['a', 'b', 'c', 'd'];
const THROTTLES = ['leader.replication.throttled.replicas', 'follower.replication.throttled.replicas'];
const RATES = ['leader.replication.throttled.rate', 'min.insync.replicas'];

const name = fc.constantFrom(...NAMES);
const configs = (...others: string[]) =>
  fc.dictionary(fc.constantFrom('x', 'y', ...others), fc.constantFrom('1', '2', 'p, q'), { maxKeys: 3 });
const limits = fc.dictionary(
  fc.constantFrom('producer_byte_rate', 'consumer_byte_rate'),
  fc.integer({ min: 1, max: 3 }),
);
const acl: fc.Arbitrary<Omit<Acl, 'principal'>> = fc.record({
  resource: fc.constantFrom('topic' as const, 'group' as const),
  name: fc.constantFrom('a', 'b'),
  pattern: fc.constantFrom('literal' as const, 'prefixed' as const),
  host: fc.constant('*'),
  operation: fc.constantFrom('Read', 'Write'),
  permission: fc.constantFrom('allow' as const, 'deny' as const),
});
const unique = <T extends { name: string }>(items: fc.Arbitrary<T>) =>
  fc.uniqueArray(items, { selector: (item) => item.name, maxLength: 4 });

const topics: fc.Arbitrary<WantedTopic[]> = unique(
  fc.record({
    name,
    partitions: fc.integer({ min: 1, max: 4 }),
    replicationFactor: fc.integer({ min: 1, max: 3 }),
    configs: configs(),
    delete: fc.boolean(),
  }),
);
const users: fc.Arbitrary<WantedUser[]> = unique(
  fc.record({
    name,
    scram: fc.option(fc.constantFrom(...MECHANISMS), { nil: undefined }),
    acls: fc.array(acl, { maxLength: 3 }),
    quotas: limits,
    delete: fc.boolean(),
  }),
);

/** What there is before. */
const world = fc.record({
  topics: unique(
    fc.record({
      name,
      partitions: fc.integer({ min: 1, max: 4 }),
      factor: fc.integer({ min: 1, max: 3 }),
      configs: configs(...THROTTLES),
    }),
  ),
  users: fc.array(fc.tuple(name, fc.constantFrom(...MECHANISMS), fc.constantFrom('right', 'wrong')), {
    maxLength: 5,
  }),
  acls: fc.array(fc.tuple(name, acl), { maxLength: 6 }),
  quotas: fc.array(fc.tuple(name, limits), { maxLength: 3 }),
  brokers: configs(...RATES),
});
type World = typeof world extends fc.Arbitrary<infer W> ? W : never;

const settings: fc.Arbitrary<ProvisionSettings> = fc.record({
  dynamicConfiguration: configs(),
  wanted: fc.record({ topics, users, acls: fc.boolean() }),
  scram: fc
    .subarray(MECHANISMS)
    .map((each) => each.map((mechanism, at) => ({ port: 9092 + at, tls: false, mechanism }))),
});

let secrets: SecretsDirectory;
beforeAll(() => {
  secrets = new SecretsDirectory();
  for (const each of NAMES) secrets.put(each, 'right');
});
afterAll(() => secrets.close());

async function clusterOf(before: World): Promise<FakeAdmin> {
  const admin = new FakeAdmin();
  for (const { name: topic, partitions, factor, configs: own } of before.topics) {
    admin.put(topic, Array(partitions).fill([0, 1, 2].slice(0, factor)), own);
  }
  for (const user of before.users) await admin.setScramUser(...user);
  await admin.createAcls(before.acls.map(([user, each]) => ({ ...each, principal: `User:${user}` })));
  for (const [user, own] of before.quotas) await admin.alterQuota(user, own);
  await admin.alterConfigs({ type: 'broker', name: '' }, Object.entries(before.brokers));
  admin.changes.length = 0;
  return admin;
}

/** A steward that begins anew, knowing nothing. */
function provisioner(admin: FakeAdmin, wanted: ProvisionSettings): Provisioner {
  const login = async (...args: Parameters<FakeAdmin['login']>) => admin.login(...args);
  return new Provisioner(admin, wanted, new Passwords(login, secrets.path));
}

const text = (items: Iterable<unknown>) => [...items].map((item) => JSON.stringify(item)).sort();
const plain = (values: Iterable<[string, string]>) =>
  Object.fromEntries([...values].map(([key, value]) => [key, value.replace(', ', ',')]));

/** What the cluster holds, as text. */
function contents(admin: FakeAdmin): string {
  const { topicsByName, passwords, aclList, quotasByUser, brokerConfigs } = admin;
  const flat = (value: unknown): unknown =>
    value instanceof Map ? [...value].map(([key, each]) => [key, flat(each)]).sort() : value;
  const own = [...topicsByName].map(([topic, { partitions, configs: set }]) => [
    topic,
    partitions,
    flat(set),
  ]);
  return JSON.stringify([
    own.sort(),
    flat(passwords),
    text(aclList),
    flat(quotasByUser),
    flat(brokerConfigs),
  ]);
}

/** Checks against the declaration itself, in other words than those of the differences. */
function check(
  admin: FakeAdmin,
  before: World,
  { dynamicConfiguration, wanted, scram }: ProvisionSettings,
): void {
  const taken = scram.map(({ mechanism }) => mechanism);
  for (const each of NAMES) {
    const topic = wanted.topics.find((one) => one.name === each);
    const had = before.topics.find((one) => one.name === each);
    const has = admin.topicsByName.get(each);
    if (!topic) expect(plain(has?.configs ?? [])).toEqual(plain(Object.entries(had?.configs ?? {})));
    if (!topic) expect(has?.partitions.length).toBe(had?.partitions);
    if (topic?.delete) expect(has).toBeUndefined();
    if (topic && !topic.delete) {
      const throttles = Object.entries(had?.configs ?? {}).filter(([key]) => THROTTLES.includes(key));
      expect(plain(has?.configs ?? [])).toEqual(plain([...Object.entries(topic.configs), ...throttles]));
      expect(has?.partitions.length).toBe(Math.max(topic.partitions, had?.partitions ?? 0));
    }
    const user = wanted.users.find((one) => one.name === each);
    const principal = `User:${each}`;
    const acls = admin.aclList.filter((one) => one.principal === principal).map(aclKey);
    const hadAcls = before.acls
      .filter(([name]) => name === each)
      .map(([, one]) => aclKey({ ...one, principal }));
    const declared = user?.delete ? [] : user?.acls.map((one) => aclKey({ ...one, principal }));
    expect(new Set(acls)).toEqual(new Set((wanted.acls && declared) || hadAcls));
    const had256 = before.users.filter(([name]) => name === each);
    const held = admin.passwords.get(each);
    if (!user || (!user.scram && !user.delete)) {
      expect(text(held ?? [])).toEqual(text(new Map(had256.map(([, mechanism, word]) => [mechanism, word]))));
    } else if (user.delete) {
      expect(held).toBeUndefined();
    } else {
      const others = had256
        .map(([, mechanism]) => mechanism)
        .filter((mechanism) => taken.includes(mechanism));
      expect(new Set(held?.keys())).toEqual(new Set([user.scram, ...others]));
      expect(new Set(held?.values())).toEqual(new Set(['right']));
    }
    if (user) expect(admin.quotasByUser.get(each) ?? {}).toEqual(user.delete ? {} : user.quotas);
  }
  const kept = Object.entries(before.brokers).filter(([key]) => RATES.includes(key));
  expect(plain(admin.brokerConfigs.get('') ?? [])).toEqual(
    plain([...kept, ...Object.entries(dynamicConfiguration)]),
  );
}

describe('whatever there is, and whatever is declared', () => {
  it('what is declared comes about, and nothing else changes', async () => {
    await fc.assert(
      fc.asyncProperty(world, settings, async (before, wanted) => {
        const admin = await clusterOf(before);
        const steward = provisioner(admin, wanted);
        await steward.provision();
        expect((await steward.look()).missing).toBeUndefined();
        check(admin, before, wanted);
        const changes = admin.changes.length;
        const anew = provisioner(admin, wanted);
        expect((await anew.look()).missing).toBeUndefined();
        await anew.provision();
        expect(admin.changes.length).toBe(changes);
      }),
      { numRuns: 300 },
    );
  });

  it('a steward that dies between any two calls leaves to the next what is left', async () => {
    await fc.assert(
      fc.asyncProperty(world, settings, async (before, wanted) => {
        const whole = await clusterOf(before);
        await provisioner(whole, wanted).provision();
        for (let death = 0; death < whole.changes.length; death++) {
          const admin = await clusterOf(before);
          admin.before = (_, change) => {
            if (change && admin.changes.length >= death) throw new Error('the steward has died');
          };
          await expect(provisioner(admin, wanted).provision()).rejects.toThrow('the steward has died');
          expect(admin.changes).toEqual(whole.changes.slice(0, death));
          admin.before = () => undefined;
          const next = provisioner(admin, wanted);
          await next.provision();
          expect((await next.look()).missing).toBeUndefined();
          expect(contents(admin)).toBe(contents(whole));
        }
      }),
      { numRuns: 60 },
    );
  });
});
