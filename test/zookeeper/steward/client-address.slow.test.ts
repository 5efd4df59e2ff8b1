import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { GateSettings } from '../../../lib/zookeeper/gate/settings';
import { zookeeperClassPath, zookeeperMissing } from '../../support/zookeeper-server';
import { GatedMember, loopbackSettings } from '../gate/gated-member';
import { loopbackQuorum } from './loopback';

const ENOUGH = 60_000;
const ELSEWHERE = '127.0.1.1';
const title = zookeeperMissing
  ? `where members take clients (skipped: ${zookeeperMissing})`
  : 'where members take clients';

// As when clients must use TLS from now on: zoo.cfg has another address than the entry that a reconfiguration had to give.
describe.skipIf(zookeeperMissing)(title, () => {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'client-address-'));
  let settings: GateSettings;
  let leader: GatedMember;
  let moved: GatedMember;
  let third: GatedMember;

  /** Lets the membership say that a member takes clients elsewhere. */
  const move = async () => {
    const entry = { ...moved.voter, client: { host: ELSEWHERE, port: settings.port } };
    await leader.insist((client) => client.reconfig({ joining: [entry], timeoutMs: 30_000 }));
  };
  const places = async () => (await leader.membership()).map(({ client }) => client?.host);

  beforeAll(async () => {
    await zookeeperClassPath();
    vi.stubEnv('SUPER_USERNAME', 'super');
    vi.stubEnv('SUPER_PASSWORD', 'secret');
    settings = loopbackSettings(3);
    const members = [1, 2, 3].map((id) => new GatedMember(id, path.join(root, String(id)), settings));
    await Promise.all(members.map((each) => each.run()));
    const roles = await Promise.all(members.map((each) => each.serving()));
    leader = members[roles.indexOf('leader')];
    [moved, third] = members.filter((each) => each !== leader);
    await move();
  }, 300_000);
  afterAll(async () => {
    vi.unstubAllEnvs();
    await Promise.all([leader, moved, third].map((each) => each?.kill()));
    fs.rmSync(root, { recursive: true, force: true });
  });

  it(
    'is as their zoo.cfg says, whatever the membership remembers',
    async () => {
      await moved.kill();
      expect(await moved.run()).toEqual({ action: 'start' });
      expect(await moved.serving()).toBe('follower');
      expect(await places()).toContain(ELSEWHERE);
    },
    ENOUGH,
  );

  it(
    'stays so when the steward changes the membership',
    async () => {
      const system = loopbackQuorum(settings);
      await system.look([1, 2, 3]);
      await system.admit(third.id, 'observer');
      await delay(1_000);
      expect(await moved.serving(3_000)).toBe('follower');
      expect(await places()).not.toContain(ELSEWHERE);
    },
    ENOUGH,
  );

  it(
    'is as their zoo.cfg says, too, when they take the membership over from another',
    async () => {
      const system = loopbackQuorum(settings);
      await system.look([1, 2, 3]);
      await system.admit(third.id, 'voter');
      await moved.kill();
      await move();
      expect(await moved.run()).toMatchObject({ action: 'join', listed: true, disk: 'keep' });
      expect(await moved.serving()).toBe('follower');
    },
    ENOUGH,
  );
});
