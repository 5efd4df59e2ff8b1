import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Observed, QuorumSystem } from '../../../lib/steward/adapter';
import type { Server } from '../../../lib/steward/facts';
import type { GateSettings } from '../../../lib/zookeeper/gate/settings';
import { Perms } from '../../../lib/zookeeper/wire/client';
import { fourLetterWord, parseSrvr } from '../../../lib/zookeeper/wire/four-letter';
import { zookeeperClassPath, zookeeperMissing } from '../../support/zookeeper-server';
import { GatedMember, loopbackMembers, loopbackSettings } from '../gate/gated-member';
import { loopbackQuorum } from './loopback';

const ENOUGH = 120_000;
const title = zookeeperMissing
  ? `the steward's view of real ensembles (skipped: ${zookeeperMissing})`
  : "the steward's view of real ensembles";

const roleOf = (server: Server | undefined) =>
  server?.state === 'serving'
    ? `${server.role}${server.synced ? '' : ` ${server.lag} behind`}`
    : server?.state;

const says = (server: Server | undefined) => (server?.state === 'gate' ? server.says : undefined);

const roles = ({ servers }: Observed) =>
  [...servers].sort(([a], [b]) => a - b).map(([, server]) => roleOf(server));

/** Looks until it is so. */
async function seen(
  system: QuorumSystem,
  ids: readonly number[],
  so: (observed: Observed) => boolean,
): Promise<Observed> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const observed = await system.look(ids);
    if (so(observed)) return observed;
    if (Date.now() > deadline)
      throw new Error(`not seen: ${roles(observed)} ${[...(observed.membership ?? [])]}`);
    await delay(200);
  }
}

async function timed(work: Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work.catch(() => undefined);
  return performance.now() - began;
}

describe.skipIf(zookeeperMissing)(title, () => {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'quorum-'));
  const all: GatedMember[] = [];
  const member = (id: number, ensemble: string, settings: GateSettings) => {
    const made = new GatedMember(id, path.join(root, ensemble, String(id)), settings);
    all.push(made);
    return made;
  };

  beforeAll(() => zookeeperClassPath(), 300_000);
  beforeEach(() => {
    vi.stubEnv('SUPER_USERNAME', 'super');
    vi.stubEnv('SUPER_PASSWORD', 'secret');
  });
  afterEach(() => {
    vi.unstubAllEnvs();
  });
  afterAll(async () => {
    await Promise.all(all.map((each) => each.kill()));
    fs.rmSync(root, { recursive: true, force: true });
  });

  describe('of three members', () => {
    let three: GateSettings;
    let members: GatedMember[];
    let system: QuorumSystem;

    const by = (id: number) => all.find((each) => each.id === id && members.includes(each)) as GatedMember;
    const leads = (observed: Observed) =>
      [...observed.servers].find(([, server]) => roleOf(server) === 'leader')?.[0] as number;
    const wellBut = (count: number) => (observed: Observed) =>
      observed.membership !== undefined &&
      [...observed.servers.values()].filter((server) => server.state !== 'serving' || !server.synced)
        .length === count;
    /** A member that was dismissed starts again and gets its vote back. */
    const returns = async (id: number) => {
      await by(id).kill();
      await by(id).run();
      await by(id).serving();
      await seen(system, [1, 2, 3], wellBut(0));
      await system.admit(id, 'voter');
      await seen(system, [1, 2, 3], wellBut(0));
    };
    const parts = async (ids = [1, 2, 3]) => {
      const { membership } = await seen(system, ids, ({ membership }) => membership !== undefined);
      return [...(membership ?? [])].map(([id, part]) => `${id} ${part}`);
    };

    beforeAll(async () => {
      three = loopbackSettings(3);
      members = [1, 2, 3].map((id) => member(id, 'three', three));
      system = loopbackQuorum(three);
      await Promise.all(members.map((each) => each.run()));
      await Promise.all(members.map((each) => each.serving()));
    }, ENOUGH);

    it('sees that all are in step right after an election, before anything was written', async () => {
      const answers = await Promise.all(
        members.map(async ({ address }) => parseSrvr(await fourLetterWord(address, 'srvr', 2_000))),
      );
      // The leader's number begins anew, so that by the numbers alone everybody else may be behind.
      const leader = answers.find((srvr) => srvr?.mode === 'leader');
      expect(leader && leader.zxid & 0xffff_ffffn).toBe(0n);
      const observed = await system.look([1, 2, 3]);
      expect(roles(observed).sort()).toEqual(['follower', 'follower', 'leader']);
      expect([...(observed.membership ?? [])]).toEqual([
        [1, 'voter'],
        [2, 'voter'],
        [3, 'voter'],
      ]);
      expect(observed).toMatchObject({ provisioned: true });
    });

    it('sees one that waits at its gate and why, a guest, and one that is not there', async () => {
      const fourth = member(4, 'three', { ...three, members: loopbackMembers(4) });
      members.push(fourth);
      await fourth.run();
      await fourth.serving();
      const unwanted = member(5, 'three', three);
      const waiting = unwanted.gate(4_000);
      const observed = await seen(
        system,
        [1, 2, 3, 4, 5, 6],
        ({ servers }) => says(servers.get(5)) !== undefined,
      );
      expect(observed.servers.get(4)).toEqual({
        state: 'serving',
        // ZooKeeper makes a follower without a vote of an observer that is in no membership.
        role: expect.stringMatching(/^(observer|follower)$/),
        synced: true,
        lag: 0,
      });
      expect(observed.membership?.has(4)).toBe(false);
      expect(observed.servers.get(5)).toEqual({
        state: 'gate',
        disk: 'empty',
        says: 'member 5 is not one of the members that should exist (1, 2, 3).',
      });
      expect(observed.servers.get(6)).toEqual({
        state: 'silent',
        reason: expect.stringContaining('ECONNREFUSED'),
      });
      await waiting;
    });

    it('gives a guest a vote, takes it away and gives it back', async () => {
      const ids = [1, 2, 3, 4];
      await system.look(ids);
      await system.admit(4, 'voter');
      expect(await parts(ids)).toEqual(['1 voter', '2 voter', '3 voter', '4 voter']);
      await seen(system, ids, wellBut(0));
      await system.admit(4, 'observer');
      expect(await parts(ids)).toEqual(['1 voter', '2 voter', '3 voter', '4 observer']);
      expect(roleOf((await seen(system, ids, wellBut(0))).servers.get(4))).toBe('observer');
      await system.admit(4, 'voter');
      expect(await parts(ids)).toEqual(['1 voter', '2 voter', '3 voter', '4 voter']);
      await seen(system, ids, wellBut(0));
      // In a membership that it wrote, each says where it takes clients.
      expect((await by(1).membership()).find(({ id }) => id === 4)).toEqual(by(4).voter);
    });

    it('changes nothing when the membership is not the one that it has looked at', async () => {
      const other = loopbackQuorum(three);
      await other.look([1, 2, 3, 4]);
      await system.look([1, 2, 3, 4]);
      await system.admit(4, 'observer');
      await expect(other.dismiss(3)).rejects.toThrow(/BadVersion/);
      await expect(other.admit(4, 'voter')).rejects.toThrow(/BadVersion/);
      expect(await parts()).toEqual(['1 voter', '2 voter', '3 voter', '4 observer']);
    });

    it('says why a change is refused to whoever is not the super user', async () => {
      await system.look([1, 2, 3, 4]);
      vi.stubEnv('SUPER_PASSWORD', 'wrong');
      await expect(system.dismiss(4)).rejects.toThrow(
        /NoAuth: .*: the servers do not know the super user "super" by this password, which they read when they start$/,
      );
      vi.stubEnv('SUPER_USERNAME', '');
      await expect(system.dismiss(4)).rejects.toThrow(
        /NoAuth: .*: no super user is given \(authentication\.superUser\)$/,
      );
      expect(await parts()).toEqual(['1 voter', '2 voter', '3 voter', '4 observer']);
    });

    it('dismisses an observer and a follower, and knows when that is known', async () => {
      await system.look([1, 2, 3, 4]);
      await system.dismiss(4);
      await system.spread();
      expect(await parts()).toEqual(['1 voter', '2 voter', '3 voter']);
      await by(4).kill();
      const observed = await system.look([1, 2, 3]);
      const follower = [1, 2, 3].find((id) => id !== leads(observed)) as number;
      await system.dismiss(follower);
      await system.spread();
      const left = [1, 2, 3].filter((id) => id !== follower);
      expect(await parts(left)).toEqual(left.map((id) => `${id} voter`));
      // Whoever leads now knows of it before the dismissed one ends.
      for (const id of left) expect((await by(id).membership()).map((entry) => entry.id)).toEqual(left);
      await returns(follower);
    });

    it('dismisses the leader, after which another one leads', async () => {
      const old = leads(await system.look([1, 2, 3]));
      await system.dismiss(old);
      const left = [1, 2, 3].filter((id) => id !== old);
      const observed = await seen(system, left, wellBut(0));
      expect(roles(observed).sort()).toEqual(['follower', 'leader']);
      expect([...(observed.membership?.keys() ?? [])]).toEqual(left);
      await returns(old);
    });

    it('notices a follower that hangs, and that it has caught up', async () => {
      const leader = leads(await system.look([1, 2, 3]));
      const hanging = [1, 2, 3].find((id) => id !== leader) as number;
      await by(hanging).pause();
      await by(leader).use(async (client) => {
        for (let at = 0; at < 5; at++) await client.create(`/missed-${at}`);
      });
      const observed = await system.look([1, 2, 3]);
      expect(observed.servers.get(hanging)).toEqual({ state: 'silent', reason: 'no answer within 1000 ms' });
      expect(observed.servers.get(leader)).toMatchObject({ role: 'leader', synced: true });
      by(hanging).resume();
      expect(roleOf((await seen(system, [1, 2, 3], wellBut(0))).servers.get(hanging))).toBe('follower');
    });

    it('never takes one for the leader that has lost its office', async () => {
      const old = leads(await system.look([1, 2, 3]));
      const others = [1, 2, 3].filter((id) => id !== old);
      await by(old).pause();
      const leader = leads(await seen(system, others, wellBut(0)));
      await by(leader).insist((client) => client.create('/newer'));
      by(old).resume();
      for (;;) {
        const observed = await system.look([1, 2, 3]);
        expect(leads(observed)).toBe(leader);
        const server = observed.servers.get(old);
        if (server?.state !== 'serving') continue;
        expect(server.role).toBe('follower');
        if (server.synced) break;
      }
    });

    it('knows no membership without a majority', async () => {
      const [, second, third] = members;
      await Promise.all([second.kill(), third.kill()]);
      const observed = await seen(system, [1, 2, 3], ({ servers }) => servers.get(1)?.state === 'waiting');
      expect(roles(observed)).toEqual(['waiting', 'silent', 'silent']);
      expect(observed).toEqual({ servers: expect.any(Map), provisioned: false });
      await expect(system.dismiss(3)).rejects.toThrow('no leader serves');
      await Promise.all([second.run(), third.run()]);
      await seen(system, [1, 2, 3], wellBut(0));
    });

    it('gives up in time when all hang', async () => {
      const hasty = loopbackQuorum(
        three,
        { wanted: { znodes: [{ path: '/a' }] } },
        { word: 300, session: 500 },
      );
      await hasty.look([1, 2, 3]);
      const hanging = members.slice(0, 3);
      for (const each of hanging) await each.pause();
      try {
        const calls = [hasty.admit(2, 'observer'), hasty.dismiss(3), hasty.spread(), hasty.provision()];
        const times = await Promise.all(calls.map(timed));
        expect(Math.max(...times)).toBeLessThan(3_000);
        await expect(hasty.dismiss(3)).rejects.toThrow(/ConnectionLoss/);
        expect(await timed(hasty.look([1, 2, 3]))).toBeLessThan(1_000);
        expect(roles(await hasty.look([1, 2, 3]))).toEqual(['silent', 'silent', 'silent']);
      } finally {
        for (const each of hanging) each.resume();
      }
      expect(await parts()).toEqual(['1 voter', '2 voter', '3 voter']);
      await Promise.all(hanging.map((each) => each.kill()));
    });
  });

  describe('with something to provision', () => {
    let one: GateSettings;
    let single: GatedMember;
    const READ = [{ perms: Perms.read, scheme: 'world', id: 'anyone' }];
    const OPEN = [{ perms: Perms.all, scheme: 'world', id: 'anyone' }];

    beforeAll(async () => {
      one = loopbackSettings(1);
      single = member(1, 'single', one);
      await single.run();
      await single.serving();
    }, ENOUGH);
    afterAll(() => single.kill());

    it('creates what is missing and sets the ACLs that it was given, and leaves all else alone', async () => {
      await single.use(async (client) => {
        await client.create('/there', 'data');
        await client.create('/there/below', 'data');
        await client.create('/open');
        await client.setACL('/there', OPEN);
      });
      const before = await single.use((client) => client.exists('/there/below'));
      const wanted = {
        znodes: [
          { path: '/a/b' },
          { path: '/there', acl: READ },
          { path: '/open' },
          { path: '/closed', acl: READ },
        ],
        reconfigurers: [],
      };
      const system = loopbackQuorum(one, { wanted });
      expect(await system.look([1])).toEqual({
        servers: expect.any(Map),
        membership: new Map([[1, 'voter']]),
        provisioned: false,
      });
      await system.provision();
      expect(await system.look([1])).toMatchObject({ provisioned: true });
      await single.use(async (client) => {
        expect((await client.getACL('/there')).acl).toEqual(READ);
        expect((await client.getACL('/closed')).acl).toEqual(READ);
        expect((await client.getACL('/open')).acl).toEqual(OPEN);
        expect((await client.getACL('/zookeeper/config')).acl).toEqual(READ);
        expect((await client.getData('/there')).data.toString()).toBe('data');
        expect(await client.exists('/there/below')).toEqual(before);
        expect((await client.getChildren('/')).sort()).toEqual(['a', 'closed', 'open', 'there', 'zookeeper']);
      });
    });

    it('writes nothing where everything is there, and mends what somebody has changed', async () => {
      const wanted = { znodes: [{ path: '/a/b' }, { path: '/closed', acl: READ }], reconfigurers: [] };
      const system = loopbackQuorum(one, { wanted });
      const stats = () =>
        single.use(async (client) => {
          const found = await Promise.all(
            ['/a', '/a/b', '/closed', '/zookeeper/config'].map((node) => client.exists(node)),
          );
          return found.map((stat) => [stat?.mzxid, stat?.aversion, stat?.cversion]);
        });
      const before = await stats();
      await system.look([1]);
      for (let time = 0; time < 2; time++) {
        await system.provision();
        expect(await system.look([1])).toMatchObject({ provisioned: true });
      }
      expect(await stats()).toEqual(before);
      await single.use(async (client) => {
        await client.delete('/a/b');
        await client.setACL('/closed', OPEN);
      });
      expect(await system.look([1])).toMatchObject({ provisioned: false });
      await system.provision();
      expect(await single.use(async (client) => (await client.getACL('/closed')).acl)).toEqual(READ);
      expect(await system.look([1])).toMatchObject({ provisioned: true });
    });

    it('says why it cannot, for a while, and tries again', async () => {
      const wanted = { znodes: [{ path: '/closed/new' }] };
      const system = loopbackQuorum(one, { wanted }, { pause: 400 });
      vi.stubEnv('SUPER_PASSWORD', 'wrong');
      const why =
        /^NoAuth: .*: the servers do not know the super user "super" by this password, which they read when they start$/;
      expect(await system.look([1])).toMatchObject({ provisioned: false });
      await expect(system.provision()).rejects.toThrow(why);
      expect(await system.look([1])).toMatchObject({
        provisioned: false,
        provisionFailed: expect.stringMatching(why),
      });
      vi.stubEnv('SUPER_PASSWORD', 'secret');
      await delay(500);
      expect(await system.look([1])).toEqual({
        servers: expect.any(Map),
        membership: new Map([[1, 'voter']]),
        provisioned: false,
      });
      await system.provision();
      expect(await system.look([1])).toMatchObject({ provisioned: true });
    });

    it('says when the servers know no users who could be named', async () => {
      const system = loopbackQuorum(one, { wanted: { znodes: [], reconfigurers: ['ops'] } });
      await system.look([1]);
      await expect(system.provision()).rejects.toThrow(
        /^InvalidAcl: .*: the servers know no users by SASL \(authentication\.clients\), who could be named in an ACL$/,
      );
    });
  });
});
