import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { readWal } from '../../../lib/etcd/disk/wal';
import { EtcdDiskFiles } from '../../../lib/etcd/gate/disk';
import { prepareRestore } from '../../../lib/etcd/gate/prepare-restore';
import { runEtcdGate } from '../../../lib/etcd/gate/run';
import type { EtcdGateSettings } from '../../../lib/etcd/gate/settings';
import { readGateSettings } from '../../../lib/steward/hold-gate';
import { ETCD_VERSIONS, etcdBinaries, etcdMissing, runEtcdTool } from '../../support/etcd-process';
import { metadata } from '../disk/wal-writer';
import { emptyVolume, putLog, snapshotOf } from './etcd-files';
import { cluster, type GatedMember } from './gated-member';

const LONG = 300_000;
const title = etcdMissing ? `gates of real members (skipped: ${etcdMissing})` : 'gates of real members';

const together = <T>(
  members: readonly GatedMember[],
  work: (member: GatedMember) => Promise<T>,
): Promise<T[]> => Promise.all(members.map(work));
const actions = (members: readonly GatedMember[]) => together(members, (member) => member.run());

async function leaderOf(members: readonly GatedMember[]): Promise<GatedMember> {
  const leads = await together(members, (member) => member.leads());
  return members[leads.indexOf(true)];
}

describe.skipIf(etcdMissing).each(ETCD_VERSIONS)(`${title}, %s`, (version) => {
  let directory: string;
  const alive: GatedMember[] = [];
  let made = 0;

  beforeAll(async () => {
    directory = fs.mkdtempSync(path.join(os.tmpdir(), 'gated-etcd-'));
    await etcdBinaries(version);
  }, LONG);
  afterEach(async () => void (await together(alive.splice(0), (member) => member.kill())));
  afterAll(() => fs.rmSync(directory, { recursive: true, force: true }));

  function gated(founders: number, change: Partial<EtcdGateSettings> = {}, count = founders): GatedMember[] {
    const members = cluster(path.join(directory, `${++made}`), founders, { version, ...change }, count);
    alive.push(...members);
    return members;
  }

  /** A cluster of three that serves, with something in it. */
  async function formed(change: Partial<EtcdGateSettings> = {}, count = 3): Promise<GatedMember[]> {
    const members = gated(3, change, count);
    // Later members wait at their gates meanwhile, and give their word.
    const over = new AbortController();
    const gates = members.slice(3).map((member) => runEtcdGate({ ...member.gateRun, signal: over.signal }));
    expect(await actions(members.slice(0, 3))).toEqual(['found', 'found', 'found']);
    await together(members.slice(0, 3), (member) => member.passes());
    over.abort();
    await Promise.all(gates);
    await members[0].put('before', 'kept');
    return members;
  }

  /** Heals a member by hand, as the steward would, and shows that it was held back before. */
  async function heal(member: GatedMember, by: GatedMember, says: RegExp): Promise<void> {
    const gate = member.run();
    gate.catch(() => undefined);
    await expect.poll(() => member.reason, { timeout: LONG }).toMatch(says);
    expect(await member.report()).toMatchObject({ disk: 'lost' });
    await by.remove(member);
    await expect.poll(() => member.reason, { timeout: LONG }).toMatch(/has no place in the membership/);
    await by.invite(member);
    expect(await gate).toBe('join');
    await member.passes('livez');
    await by.promote(member);
    await member.passes();
    expect(await member.get('before')).toBe('kept');
  }

  it(
    'found three, keep what was written when all are stopped, and take in a fourth',
    async () => {
      const members = await formed({}, 4);
      const [first, , , fourth] = members;
      const ids = (await first.list()).map(({ id }) => id);
      await together(members, (member) => member.kill());
      expect(await actions(members.slice(0, 3))).toEqual(['start', 'start', 'start']);
      await together(members.slice(0, 3), (member) => member.passes());
      expect(await first.get('before')).toBe('kept');
      expect((await first.list()).map(({ id }) => id)).toEqual(ids);

      const joined = fourth.gate();
      joined.catch(() => undefined);
      await expect
        .poll(() => fourth.reason, { timeout: LONG })
        .toMatch(/member 3 has no place in the membership/);
      await first.invite(fourth);
      expect((await joined).action).toBe('join');
      await fourth.serve();
      await fourth.passes('livez');
      await first.promote(fourth);
      await fourth.passes();
      expect(await fourth.get('before')).toBe('kept');
    },
    LONG,
  );

  it(
    'heal a follower and then the leader that lost their volumes, one of them with a volume for the log',
    async () => {
      const members = await formed({ walVolume: true });
      const leader = await leaderOf(members);
      const follower = members.find((member) => member !== leader) as GatedMember;
      await follower.kill();
      follower.wipe('wal');
      await heal(
        follower,
        leader,
        /write-ahead log's volume is not the one.* the membership has etcd-\d as [0-9a-f]+/,
      );
      const next = await leaderOf(members);
      await next.kill();
      next.wipe();
      next.wipe('wal');
      await heal(
        next,
        members.find((member) => member !== next) as GatedMember,
        /this disk has nothing of it/,
      );
      expect(await members[0].list()).toHaveLength(3);
    },
    LONG,
  );

  it(
    'let a member that was removed start over once it is invited again',
    async () => {
      const [first, second, third] = await formed();
      await first.remove(third);
      await third.kill();
      // While nobody serves, a member with data starts on it.
      await together([first, second], (member) => member.passes());
      const gate = third.run();
      gate.catch(() => undefined);
      await expect
        .poll(() => third.reason, { timeout: LONG })
        .toMatch(/whose data is on this disk, was removed/);
      expect(await third.report()).toMatchObject({
        disk: 'data',
        memberId: expect.stringMatching(/^[0-9a-f]+$/),
      });
      await second.invite(third);
      expect(await gate).toBe('join');
      await third.passes('livez');
      await first.promote(third);
      await third.passes();
      expect(await third.get('before')).toBe('kept');
    },
    LONG,
  );

  it(
    'let a founder that was late found what the others have formed',
    async () => {
      const [first, second, late] = gated(3);
      // It hears the others, and ends before it has founded.
      const held = late.gate();
      const [one, two] = await together([first, second], (member) => member.gate());
      expect([one.action, two.action, (await held).action]).toEqual(['found', 'found', 'found']);
      await together([first, second], (member) => member.serve());
      await first.put('before', 'kept');
      expect(await late.run()).toBe('found');
      await together([first, second, late], (member) => member.passes());
      expect(await late.get('before')).toBe('kept');
    },
    LONG,
  );

  it(
    'never found while a majority is away, and go on when it is back',
    async () => {
      const members = await formed();
      await together(members, (member) => member.kill());
      const [lost, ...others] = members;
      lost.wipe();
      const gate = lost.gate();
      gate.catch(() => undefined);
      await expect
        .poll(() => lost.reason, { timeout: LONG })
        .toMatch(/a cluster is founded only when all members/);
      await others[0].run();
      await others[0].passes('livez').catch(() => undefined);
      await expect.poll(() => lost.reason, { timeout: LONG }).toMatch(/member 1 has started or holds data/);
      await others[1].run();
      await expect.poll(() => lost.reason, { timeout: LONG }).toMatch(/this disk has nothing of it/);
      expect(await others[0].get('before')).toBe('kept');
    },
    LONG,
  );

  it(
    'make a new cluster of the only member that is left, once',
    async () => {
      const members = await formed();
      const [left, second, third] = members;
      // Ten times a second etcd keeps what it knows to be agreed on; what it is forced to go by is no more than that.
      await delay(500);
      await together(members, (member) => member.kill());
      for (const member of [second, third]) member.wipe();
      const { settings } = readGateSettings<EtcdGateSettings>(left.paths);
      const disk = new EtcdDiskFiles(settings, left.paths, 0);
      const confirm = (disk.read().clusterId as bigint).toString(16);
      const force = (to: string) =>
        members.map((member) =>
          member.configure({ ...settings, forceNewCluster: { member: 0, confirm: to } }),
        );
      force('abc');
      const gate = left.gate();
      await expect.poll(() => left.reason, { timeout: LONG }).toContain(`set confirm to "${confirm}"`);
      force(confirm);
      expect((await gate).action).toBe('force');
      // A gate that ended before its server started does it again.
      expect((await left.gate()).action).toBe('force');
      await left.serve();
      await left.passes();
      expect(await left.get('before')).toBe('kept');
      expect(await left.list()).toHaveLength(1);
      await left.put('after', 'kept');
      await left.kill();
      expect((await left.gate()).action).toBe('start');
      await left.serve();
      await left.passes();
      expect(await left.get('after')).toBe('kept');
      const waits = second.run();
      waits.catch(() => undefined);
      await expect.poll(() => second.reason, { timeout: LONG }).toMatch(/nobody else starts before/);
      for (const member of members) member.configure(settings);
      await expect.poll(() => second.reason, { timeout: LONG }).toMatch(/has no place in the membership/);
      await left.invite(second);
      expect(await waits).toBe('join');
      await second.passes('livez');
      await left.promote(second);
      await second.passes();
      expect(await second.get('after')).toBe('kept');
    },
    LONG,
  );

  it(
    'go on after they were killed at any time, while they found and while they join',
    async () => {
      const members = gated(3, {}, 4);
      const [first, second, , fourth] = members;
      const over = new AbortController();
      const waits = runEtcdGate({ ...fourth.gateRun, signal: over.signal });
      const founding = await together(members.slice(0, 3), (member) => member.gate());
      expect(founding.map(({ action }) => action)).toEqual(['found', 'found', 'found']);
      /** Kills a member that has just started, a little later each time, as soon as its gate has let it start again. */
      const harass = async (member: GatedMember): Promise<string[]> => {
        const seen: string[] = [];
        for (const wait of [0, 10, 30, 100, 300]) {
          seen.push((await member.gate()).action);
          await member.serve();
          await delay(wait);
          await member.kill();
        }
        return seen;
      };
      for (const seen of await together(members.slice(0, 3), harass)) {
        expect(seen[0]).toBe('found');
        expect(seen.every((action) => action === 'found' || action === 'start')).toBe(true);
      }
      await together(members.slice(0, 3), (member) => member.run());
      await together(members.slice(0, 3), (member) => member.passes());
      await first.put('before', 'kept');
      over.abort();
      await waits;
      await first.invite(fourth);
      const seen = await harass(fourth);
      expect(seen[0]).toBe('join');
      expect(seen.every((action) => action === 'join' || action === 'start')).toBe(true);
      expect(await fourth.run()).toMatch(/join|start/);
      await fourth.passes('livez');
      await second.promote(fourth);
      await fourth.passes();
      expect(await fourth.get('before')).toBe('kept');
      expect(await first.list()).toHaveLength(4);
    },
    LONG,
  );

  it(
    'found again when all ended before their logs said who founds',
    async () => {
      const members = gated(3);
      const founding = await together(members, (member) => member.gate());
      expect(founding.map(({ action }) => action)).toEqual(['found', 'found', 'found']);
      for (const member of members) {
        await member.serve();
        await member.passes('livez');
        await member.kill();
        const log = path.join(member.paths.data, 'data', 'member', 'wal');
        const { memberId, clusterId } = readWal(log);
        emptyVolume(log);
        putLog(log, [metadata(memberId, clusterId), snapshotOf(0n, 0n)]);
      }
      expect(await together(members, (member) => member.run())).toEqual(['found', 'found', 'found']);
      await together(members, (member) => member.passes());
      await members[0].put('after', 'kept');
      expect(await members[2].get('after')).toBe('kept');
    },
    LONG,
  );

  it.each([false, true])(
    'restore a backup in all three, and heal as ever after (log apart: %s)',
    async (walVolume) => {
      const old = gated(1);
      await actions(old);
      await old[0].passes();
      await old[0].put('before', 'kept');
      const backup = path.join(directory, `backup-${made}.db`);
      const bytes: Buffer[] = [];
      for await (const part of old[0].client.snapshot()) bytes.push(part);
      fs.writeFileSync(backup, Buffer.concat(bytes));

      const members = gated(3, { walVolume, restore: 'a.db', token: 'prod/ns/etcd/a.db' });
      const etcdutl = async (member: GatedMember, work: string) => {
        const { members: all } = readGateSettings<EtcdGateSettings>(member.paths).settings;
        const peers = members.map(({ peerUrl }, id) => `${all[id].name}=${peerUrl}`);
        await runEtcdTool(
          'etcdutl',
          [
            'snapshot',
            'restore',
            `${work}/snapshot.db`,
            `--name=${member.name}`,
            `--initial-cluster=${peers}`,
            '--initial-cluster-token=prod/ns/etcd/a.db',
            `--initial-advertise-peer-urls=${member.peerUrl}`,
            `--data-dir=${work}/target/restored`,
            ...(walVolume ? [`--wal-dir=${work}/target-wal/restored`] : []),
            '--bump-revision=1000000000',
            '--mark-compacted',
          ],
          version,
        );
      };
      const prepare = (member: GatedMember) => {
        const work = path.join(member.paths.data, '..', 'work');
        fs.mkdirSync(work, { recursive: true });
        const plan = prepareRestore({
          podName: member.name,
          paths: member.paths,
          work,
          log: (line) => member.log.push(line),
        });
        return { work, plan };
      };
      const download = (member: GatedMember) =>
        fs.copyFileSync(backup, path.join(member.paths.data, 'restore', 'snapshot.db'));
      const restored = async (member: GatedMember): Promise<string> => {
        const { work, plan } = prepare(member);
        if (plan === 'restore') download(member);
        await etcdutl(member, work);
        return plan;
      };

      // Broken off after each of its steps, and begun anew.
      const [broken] = members;
      expect(prepare(broken).plan).toBe('restore');
      const { work } = prepare(broken);
      download(broken);
      await etcdutl(broken, work);
      expect(await together(members, restored)).toEqual(['restore', 'restore', 'restore']);
      // Every pod that is made anew goes through it again, with nothing to do.
      const held = members[1].gate(1_500);
      expect((await held).action).toBe('wait');
      expect(await restored(members[1])).toBe('nothing');

      expect(await actions(members)).toEqual(['found', 'found', 'found']);
      await together(members, (member) => member.passes());
      for (const member of members) expect(await member.get('before')).toBe('kept');
      const status = await members[0].client.status();
      expect(status.revision).toBeGreaterThan(1_000_000_000n);
      const hashes = await together(members, (member) => member.client.hashKv(status.revision));
      expect(new Set(hashes.map(({ hash }) => hash)).size).toBe(1);

      await together(members, (member) => member.kill());
      expect(await together(members, restored)).toEqual(['nothing', 'nothing', 'nothing']);
      expect(await actions(members)).toEqual(['start', 'start', 'start']);
      await together(members, (member) => member.passes());
      await members[2].kill();
      members[2].wipe();
      if (walVolume) members[2].wipe('wal');
      await restored(members[2]);
      await heal(members[2], members[0], /this disk has nothing of it/);
    },
    LONG,
  );
});
