import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MemberDisk } from '../../../lib/zookeeper/gate/disk';
import type { GateSettings } from '../../../lib/zookeeper/gate/settings';
import { verifySnapshot } from '../../../lib/zookeeper/tasks/snapshot-file';
import { zookeeperClassPath, zookeeperMissing } from '../../support/zookeeper-server';
import { GatedMember, loopbackMembers, loopbackSettings } from './gated-member';
import { pathsIn } from './volumes';

const ENOUGH = 240_000;
const title = zookeeperMissing
  ? `gates before real servers (skipped: ${zookeeperMissing})`
  : 'gates before real servers';

describe.skipIf(zookeeperMissing)(title, () => {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'gate-server-'));
  const all: GatedMember[] = [];
  const member = (id: number, ensemble: string, settings: GateSettings) => {
    const made = new GatedMember(id, path.join(root, ensemble, String(id)), settings);
    all.push(made);
    return made;
  };
  const actions = async (members: readonly GatedMember[]) =>
    (await Promise.all(members.map((each) => each.run()))).map(({ action }) => action);
  const serving = (members: readonly GatedMember[]) => Promise.all(members.map((each) => each.serving()));
  const killed = (members: readonly GatedMember[]) => Promise.all(members.map((each) => each.kill()));
  const reading = (members: readonly GatedMember[], node: string) =>
    Promise.all(members.map((each) => each.read(node)));

  beforeAll(() => zookeeperClassPath(), 300_000);
  afterAll(async () => {
    await killed(all);
    fs.rmSync(root, { recursive: true, force: true });
  });

  describe('of three founders', () => {
    let members: GatedMember[];

    beforeAll(() => {
      const settings = loopbackSettings(3);
      members = [1, 2, 3].map((id) => member(id, 'three', settings));
    });

    it(
      'found one ensemble together, and only together',
      async () => {
        const [first, second, third] = members;
        expect(
          (await Promise.all([first.gate(1_500), second.gate(1_500)])).map(({ action }) => action),
        ).toEqual(['wait', 'wait']);
        expect(first.reason).toMatch(
          /^a cluster is founded only when all members state that their disks are empty. 3: /,
        );
        expect(await actions([first, second, third])).toEqual(['found', 'found', 'found']);
        expect((await serving(members)).sort()).toEqual(['follower', 'follower', 'leader']);
        await first.use((client) => client.create('/kept', 'one'));
        expect(await reading(members, '/kept')).toEqual(['one', 'one', 'one']);
      },
      ENOUGH,
    );

    it(
      'bring a member back whose disk was lost',
      async () => {
        const [, , third] = members;
        await third.kill();
        third.wipe();
        expect(await third.run()).toMatchObject({ action: 'join', listed: true, disk: 'empty' });
        await third.serving();
        expect(await third.read('/kept')).toBe('one');
        // It votes again: with it and without another one there is a quorum.
        await members[1].kill();
        await serving([members[0], third]);
        await members[0].insist((client) => client.setData('/kept', 'two'));
        expect(await members[1].run()).toMatchObject({ action: 'start' });
        await members[1].serving();
        expect(await members[1].read('/kept')).toBe('two');
      },
      ENOUGH,
    );

    it(
      'start again after all were killed',
      async () => {
        await killed(members);
        expect(await actions(members)).toEqual(['start', 'start', 'start']);
        await serving(members);
        expect(await reading(members, '/kept')).toEqual(['two', 'two', 'two']);
      },
      ENOUGH,
    );

    it(
      'take over a membership that was agreed on while a member was away',
      async () => {
        const [first, second, third] = members;
        await third.kill();
        await first.insist((client) => client.reconfig({ leaving: [3], timeoutMs: 30_000 }));
        await serving([first, second]);
        await first.insist((client) => client.reconfig({ joining: [third.voter], timeoutMs: 30_000 }));
        expect(await third.run()).toMatchObject({ action: 'join', listed: true, disk: 'keep' });
        await third.serving();
        await second.kill();
        await serving([first, third]);
        expect(await third.read('/kept')).toBe('two');
        expect(await second.run()).toMatchObject({ action: 'start' });
        await serving(members);
      },
      ENOUGH,
    );

    it(
      'wait and say why when all disks but one are lost, and lose nothing',
      async () => {
        const [first, second, third] = members;
        await killed(members);
        const kept = [first, second].map(({ id }) => path.join(root, `kept-${id}`));
        first.wipe('data', kept[0]);
        second.wipe('data', kept[1]);
        expect(await third.run()).toMatchObject({ action: 'start' });
        await third.answering();
        const decisions = await Promise.all([first.gate(5_000), second.gate(5_000)]);
        expect(decisions.map(({ action }) => action)).toEqual(['wait', 'wait']);
        expect(first.reason).toBe(
          'member 3 has started or holds data, so the cluster exists: this empty member joins when a majority serves. ' +
            'If the disks of a majority are lost, restore a backup. 2: waits at its gate, disk: empty; 3: runs without a quorum',
        );
        // Also when the one that has the data is not there.
        await third.kill();
        const alone = await Promise.all([first.gate(3_000), second.gate(3_000)]);
        expect(alone.map(({ action }) => action)).toEqual(['wait', 'wait']);
        expect(second.reason).toMatch(
          /^a cluster is founded only when all members state .* 3: .*ECONNREFUSED/,
        );
        // A volume that is found again is all it takes.
        fs.rmSync(first.volumes.data, { recursive: true });
        fs.renameSync(kept[0], first.volumes.data);
        const all = await Promise.all(members.map((each) => each.run()));
        expect(all.map(({ action }) => action)).toEqual(['start', 'join', 'start']);
        await serving(members);
        expect(await reading(members, '/kept')).toEqual(['two', 'two', 'two']);
        await killed(members);
      },
      ENOUGH,
    );
  });

  describe('of one founder with a transaction log volume', () => {
    let members: GatedMember[];
    let wide: GateSettings;

    beforeAll(() => {
      const narrow = loopbackSettings(1, { transactionLogVolume: true });
      wide = { ...narrow, members: loopbackMembers(3) };
      members = [member(1, 'one', narrow), member(2, 'one', wide), member(3, 'one', wide)];
    });

    it(
      'found alone, where nobody else should exist',
      async () => {
        const [first] = members;
        expect(await first.run()).toEqual({ action: 'found' });
        await first.serving();
        await first.use((client) => client.create('/kept', 'one'));
        expect(await first.gate(10).catch((error) => error.code)).toBe('EADDRINUSE');
      },
      ENOUGH,
    );

    it(
      'grow to three by guests who are then given votes',
      async () => {
        const [first, second, third] = members;
        first.configure(wide);
        for (const each of [second, third]) {
          expect(await each.run()).toMatchObject({ action: 'join', peer: 1, listed: false, disk: 'empty' });
          // ZooKeeper makes a follower without a vote of an observer that is in no membership.
          expect(await each.serving()).toMatch(/^(observer|follower)$/);
          expect(await each.read('/kept')).toBe('one');
          await first.insist((client) => client.reconfig({ joining: [each.voter], timeoutMs: 30_000 }));
        }
        await serving(members);
        await third.insist((client) => client.setData('/kept', 'two'));
        await killed(members);
        expect(await actions(members)).toEqual(['start', 'start', 'start']);
        await serving(members);
        expect(await reading(members, '/kept')).toEqual(['two', 'two', 'two']);
        expect((await first.membership()).map(({ id, role }) => `${id} ${role}`)).toEqual([
          '1 participant',
          '2 participant',
          '3 participant',
        ]);
      },
      ENOUGH,
    );

    it(
      'keep the founder from founding again once its disk is lost',
      async () => {
        const [first, second, third] = members;
        await killed(members);
        first.wipe('data');
        first.wipe('log');
        expect(await first.gate(2_000)).toMatchObject({ action: 'wait' });
        const decisions = await Promise.all([first.run(), second.run(), third.run()]);
        expect(decisions.map(({ action }) => action)).toEqual(['join', 'start', 'start']);
        await serving(members);
        expect(await first.read('/kept')).toBe('two');
      },
      ENOUGH,
    );

    it(
      'start a member over whose log was exchanged',
      async () => {
        const [first, , third] = members;
        await third.kill();
        third.wipe('log');
        expect(await third.run()).toMatchObject({ action: 'join', listed: true, disk: 'empty' });
        await third.serving();
        expect(await third.read('/kept')).toBe('two');
        expect(fs.readdirSync(path.join(third.volumes.data, 'set-aside')).length).toBeGreaterThan(0);
        await first.insist((client) => client.setData('/kept', 'three'));
      },
      ENOUGH,
    );

    it(
      'shrink, and take members back with the disks that they had',
      async () => {
        const [first, second, third] = members;
        for (const id of [3, 2]) {
          await first.insist((client) => client.reconfig({ leaving: [id], timeoutMs: 30_000 }));
          await first.serving();
          await first.insist((client) => client.setData('/kept', `without ${id}`));
          await members[id - 1].kill();
        }
        expect((await first.membership()).map(({ id }) => id)).toEqual([1]);
        await first.insist((client) => client.setData('/kept', 'four'));
        for (const each of [second, third]) {
          expect(await each.run()).toMatchObject({ action: 'join', listed: false, disk: 'keep' });
          // ZooKeeper makes a follower without a vote of an observer that is in no membership.
          expect(await each.serving()).toMatch(/^(observer|follower)$/);
          expect(await each.read('/kept')).toBe('four');
        }
        // A guest that is started again before it has a vote, while nothing serves, waits for what does.
        await killed(members);
        expect(await second.gate(2_000)).toMatchObject({ action: 'wait' });
        expect(second.reason).toMatch(
          /^the membership on this disk \(1\) does not include member 2, so it can only start/,
        );
        expect(await actions(members)).toEqual(['start', 'join', 'join']);
        await serving(members);
        await first.insist((client) => client.reconfig({ joining: [second.voter], timeoutMs: 30_000 }));
        await first.insist((client) => client.reconfig({ joining: [third.voter], timeoutMs: 30_000 }));
        await serving(members);
        await first.kill();
        await serving([second, third]);
        expect(await reading([second, third], '/kept')).toEqual(['four', 'four']);
        await killed(members);
      },
      ENOUGH,
    );
  });

  it(
    'let a founder that comes late vote, although it holds nothing yet',
    async () => {
      const settings = loopbackSettings(3);
      const members = [1, 2, 3].map((id) => member(id, 'late', settings));
      const [first, second, third] = members;
      const decisions = await Promise.all(members.map((each) => each.gate()));
      expect(decisions.map(({ action }) => action)).toEqual(['found', 'found', 'found']);
      await Promise.all([first.serve(), second.serve()]);
      await serving([first, second]);
      await first.use((client) => client.create('/kept', 'one'));
      expect(await third.gate()).toMatchObject({ action: 'join', listed: true, disk: 'founding' });
      // Before it has caught up, the disk of one of the two is lost.
      await killed([first, second]);
      first.wipe();
      expect(await second.run()).toMatchObject({ action: 'start' });
      await third.serve();
      await serving([second, third]);
      expect(await first.run()).toMatchObject({ action: 'join', disk: 'empty' });
      await first.serving();
      expect(await reading(members, '/kept')).toEqual(['one', 'one', 'one']);
      await killed(members);
    },
    ENOUGH,
  );

  it(
    'found on a disk whose server once ran without a vote',
    async () => {
      const settings = loopbackSettings(1);
      const single = member(1, 'voteless', settings);
      const paths = pathsIn(path.join(root, 'voteless', '1'));
      single.configure(settings);
      new MemberDisk(settings, paths, 1).prepareJoin({ servers: [single.voter], version: 1n }, 'empty');
      await single.serve();
      await single.answering();
      expect(fs.readFileSync(path.join(paths.data, 'version-2', 'currentEpoch'), 'utf8')).toBe('-1');
      await single.kill();
      expect(await single.run()).toEqual({ action: 'found' });
      expect(await single.serving()).toBe('leader');
      await single.kill();
    },
    ENOUGH,
  );

  it(
    'found on the snapshot of a backup',
    async () => {
      const settings = loopbackSettings(1);
      const old = member(1, 'old', settings);
      await old.run();
      await old.serving();
      await old.use((client) => client.create('/kept', 'restored'));
      await old.kill();
      await old.run();
      await old.serving();
      // Its second start has written what the first one had logged into a snapshot.
      const directory = path.join(old.volumes.data, 'version-2');
      const snapshots = fs.readdirSync(directory).filter((name) => name.startsWith('snapshot.'));
      const newest = snapshots
        .sort((a, b) => Number.parseInt(a.slice(9), 16) - Number.parseInt(b.slice(9), 16))
        .pop() as string;
      expect(await verifySnapshot(path.join(directory, newest))).toEqual({ bytes: expect.any(Number) });
      const restore = `20260101T000000Z-${newest}`;
      const fresh = member(1, 'fresh', settings);
      fresh.configure({ ...settings, restore });
      fs.mkdirSync(path.join(fresh.volumes.data, 'restore'));
      fs.copyFileSync(path.join(directory, newest), path.join(fresh.volumes.data, 'restore', restore));
      await old.kill();
      expect(await fresh.run()).toEqual({ action: 'found' });
      expect(await fresh.serving()).toBe('leader');
      expect(await fresh.read('/kept')).toBe('restored');
      await fresh.kill();
    },
    ENOUGH,
  );
});
