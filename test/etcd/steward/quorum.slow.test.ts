import * as fs from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EtcdGateReport } from '../../../lib/etcd/gate/settings';
import type { EtcdQuorum } from '../../../lib/etcd/steward/quorum';
import type { Observed } from '../../../lib/steward/adapter';
import { serveReport } from '../../../lib/steward/gate-report';
import {
  ETCD_VERSIONS,
  type EtcdCluster,
  etcdBinaries,
  etcdMissing,
  startEtcd,
} from '../../support/etcd-cluster';
import { freePort } from '../../support/ports';
import { loopbackSettings, quorumOf } from './loopback';

const IDS = [0, 1, 2];
const title = etcdMissing ? `a quorum of real members (skipped: ${etcdMissing})` : 'a quorum of real members';

const report = (id: number, more: Partial<EtcdGateReport> = {}): EtcdGateReport => ({
  id,
  token: 'test',
  disk: 'empty',
  says: 'it waits',
  founders: [0],
  seenEmpty: [],
  ...more,
});

/** Looks until it is as expected. */
async function lookUntil(
  quorum: EtcdQuorum,
  ids: readonly number[],
  is: (observed: Observed) => boolean,
): Promise<Observed> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const observed = await quorum.look(ids);
    if (is(observed)) return observed;
    if (Date.now() > deadline) throw new Error(`not so in time: ${JSON.stringify([...observed.servers])}`);
    await delay(100);
  }
}

const stateOf = ({ servers }: Observed, id: number) => servers.get(id)?.state;
const leaderIn = ({ servers }: Observed): number => {
  const found = [...servers].find(([, server]) => server.state === 'serving' && server.role === 'leader');
  if (!found) throw new Error('nobody leads');
  return found[0];
};
const allInStep = ({ servers, membership }: Observed) =>
  membership !== undefined &&
  [...membership.keys()].every((id) => {
    const server = servers.get(id);
    return server?.state === 'serving' && server.synced;
  });

describe.skipIf(etcdMissing).each(ETCD_VERSIONS)(`${title}, %s`, (version) => {
  let cluster: EtcdCluster;
  let quorum: EtcdQuorum;
  const gates = new Map<number, number>();
  const settings = loopbackSettings(3, { version });

  beforeAll(async () => {
    await etcdBinaries(version);
    cluster = await startEtcd({ members: 3, version });
    quorum = quorumOf(cluster, settings, { gates });
  }, 300_000);
  afterAll(() => cluster?.stop());

  it('serves with one leader, and all are in step', async () => {
    const observed = await lookUntil(quorum, IDS, allInStep);
    expect([...(observed.membership ?? [])].sort()).toEqual(IDS.map((id) => [id, 'voter']));
    const roles = IDS.map((id) => {
      const server = observed.servers.get(id);
      return server?.state === 'serving' ? server.role : server?.state;
    });
    expect(roles.sort()).toEqual(['follower', 'follower', 'leader']);
    expect(observed).toMatchObject({ provisioned: true, refused: undefined, held: undefined });
    expect(observed.ghosts?.size).toBe(0);
    expect(observed.lastResort).toBeUndefined();
  });

  it('is in step while somebody writes all the time', async () => {
    let writes = 0;
    let on = true;
    const writing = (async () => {
      for (; on; writes++) await cluster.client(0).put(`key-${writes % 10}`, 'x');
    })();
    const looks: boolean[] = [];
    while (writes < 50 || looks.length < 10) looks.push(allInStep(await quorum.look(IDS)));
    on = false;
    await writing;
    expect(looks.every(Boolean)).toBe(true);
  });

  it('has members without a pod, or that are not there', async () => {
    const observed = await quorum.look([...IDS, 3]);
    expect(observed.servers.get(3)).toMatchObject({
      state: 'silent',
      reason: expect.stringMatching(/refused/i),
    });
  });

  it('hands the leadership over, once', async () => {
    const leader = leaderIn(await lookUntil(quorum, IDS, allInStep));
    await quorum.handOver(leader);
    expect(leaderIn(await lookUntil(quorum, IDS, allInStep))).not.toBe(leader);
    const next = leaderIn(await quorum.look(IDS));
    await quorum.handOver(leader);
    expect(leaderIn(await lookUntil(quorum, IDS, allInStep))).toBe(next);
  });

  it('hands it over to nobody that is stopped', async () => {
    const leader = leaderIn(await lookUntil(quorum, IDS, allInStep));
    const [stopped, heir] = IDS.filter((id) => id !== leader);
    await cluster.servers[stopped].pause();
    try {
      await quorum.handOver(leader);
    } finally {
      cluster.servers[stopped].resume();
    }
    expect(leaderIn(await lookUntil(quorum, IDS, allInStep))).toBe(heir);
  });

  it('knows who is stopped, and elects another leader', async () => {
    const leader = leaderIn(await lookUntil(quorum, IDS, allInStep));
    await cluster.servers[leader].pause();
    try {
      const isLed = (each: Observed) => each.membership !== undefined && stateOf(each, leader) === 'silent';
      const observed = await lookUntil(quorum, IDS, isLed);
      expect(observed.servers.get(leader)).toMatchObject({
        state: 'silent',
        reason: expect.stringMatching(/within 3000 ms/),
      });
      expect(leaderIn(observed)).not.toBe(leader);
    } finally {
      cluster.servers[leader].resume();
    }
    await lookUntil(quorum, IDS, allInStep);
  });

  it('changes nothing where the membership is another one than was looked at', async () => {
    await lookUntil(quorum, IDS, allInStep);
    const other = quorumOf(cluster, settings, { gates });
    await other.look(IDS);
    const added = await cluster.client(0).memberAdd('http://127.0.0.1:1', true);
    try {
      await expect(other.dismiss(2)).rejects.toThrow('the membership has changed meanwhile');
      await expect(other.admit(3, 'observer')).rejects.toThrow('the membership has changed meanwhile');
      expect(await cluster.client(0).memberList()).toHaveLength(4);
    } finally {
      await cluster.client(0).memberRemove(added.id);
    }
  });

  it('is held while somebody’s own member is in it, which is not taken out', async () => {
    const added = await cluster.client(0).memberAdd('http://127.0.0.1:2', true);
    try {
      const observed = await quorum.look(IDS);
      expect(observed.held?.todo).toContain(`etcdctl member remove ${added.id.toString(16)}`);
      expect([...(observed.membership ?? [])]).toContainEqual([-1_000_000, 'observer']);
      await expect(quorum.dismiss(-1_000_000)).rejects.toThrow(
        'a stranger (http://127.0.0.1:2) was added by hand, and is taken out by hand only',
      );
    } finally {
      await cluster.client(0).memberRemove(added.id);
    }
    expect((await quorum.look(IDS)).held).toBeUndefined();
  });

  it('refuses another release, and lets one that is supported in', async () => {
    const refused = async (wanted: string) =>
      (await quorumOf(cluster, { ...settings, version: wanted }, { gates }).look(IDS)).refused?.why;
    expect(await refused('3.9.0')).toBe(
      `members run ${version}, and 3.9.0 was applied: etcd is upgraded by one minor at a time`,
    );
    expect(await refused('3.4.40')).toMatch(/does not go back to 3\.4 by a restart$/);
    expect(await refused(version.startsWith('3.5') ? '3.6.14' : '3.7.0')).toBeUndefined();
    expect(await refused(version.replace(/\d+$/, '1'))).toBeUndefined();
  });

  describe('of which a member is lost', () => {
    it('has a ghost for its disk, which is taken out as long as it is lost', async () => {
      const leader = leaderIn(await lookUntil(quorum, IDS, allInStep));
      const lost = leader === 2 ? 1 : 2;
      await cluster.servers[lost].stop();
      const port = freePort();
      gates.set(lost, port);
      let disk: EtcdGateReport['disk'] = 'lost';
      const gate = await serveReport(port, '127.0.0.1', () => report(lost, { disk }));
      try {
        const ghost = -1 - lost;
        const observed = await quorum.look(IDS);
        expect(observed.servers.get(lost)).toEqual({ state: 'gate', disk: 'lost', says: 'it waits' });
        expect(observed.membership?.get(ghost)).toBe('voter');
        expect(observed.membership?.has(lost)).toBe(false);
        expect(observed.ghosts?.get(ghost)).toEqual({ of: lost, name: `the lost disk of etcd-${lost}` });
        await expect(quorum.admit(lost, 'voter')).rejects.toThrow(
          `etcd-${lost} has no place in the membership yet`,
        );

        disk = 'data';
        await expect(quorum.dismiss(ghost)).rejects.toThrow(
          `etcd-${lost} has another disk than a moment ago`,
        );
        disk = 'lost';
        await quorum.look(IDS);
        await quorum.dismiss(ghost);
        expect((await quorum.look(IDS)).membership?.has(ghost)).toBe(false);

        // An answer that is lost is no reason to do it twice.
        await quorum.look(IDS);
        await quorum.admit(lost, 'observer');
        const invited = await quorum.look(IDS);
        expect(invited.membership?.get(lost)).toBe('observer');
        expect(invited.ghosts?.size).toBe(0);
        await quorum.admit(lost, 'observer');
        await expect(quorumWithin(quorum, 600).admit(lost, 'voter')).rejects.toThrow(/in sync with leader/);
      } finally {
        await gate.close();
        gates.delete(lost);
      }
      await rejoin(lost);
      const learner = await lookUntil(quorum, IDS, allInStep);
      expect(learner.servers.get(lost)).toMatchObject({ state: 'serving', role: 'observer', synced: true });
      await quorum.admit(lost, 'voter');
      expect((await quorum.look(IDS)).membership?.get(lost)).toBe('voter');
      await expect(quorum.admit(lost, 'observer')).rejects.toThrow(
        `etcd-${lost} has a vote, and etcd makes no learner of a member that has one`,
      );
      await quorum.spread();
    });

    it('dismisses a leader, which leads no more before it goes', async () => {
      const leader = leaderIn(await lookUntil(quorum, IDS, allInStep));
      await quorum.dismiss(leader);
      const observed = await lookUntil(quorum, IDS, ({ membership }) => membership?.size === 2);
      expect(observed.membership?.has(leader)).toBe(false);
      await lookUntil(quorum, IDS, (each) => ['waiting', 'silent'].includes(stateOf(each, leader) ?? ''));
      await quorum.spread();
      await cluster.servers[leader].stop();
      await lookUntil(quorum, IDS, allInStep);
      await quorum.admit(leader, 'observer');
      await rejoin(leader);
      await lookUntil(quorum, IDS, allInStep);
      await quorum.admit(leader, 'voter');
    });

    it('without a majority waits, and tells what is left', async () => {
      const before = await lookUntil(quorum, IDS, allInStep);
      const leader = leaderIn(before);
      const away = IDS.filter((id) => id !== leader);
      const clusterId = (await cluster.client(leader).status()).clusterId.toString(16);
      for (const id of away) await cluster.servers[id].stop();
      const observed = await lookUntil(quorum, IDS, (each) => stateOf(each, leader) === 'waiting');
      expect(observed.membership).toBeUndefined();
      expect(observed.lastResort).toMatch(
        new RegExp(
          `^1 of 3 members hold data: etcd-${leader} up to index \\d+\\. .*` +
            `forceNewCluster: { member: ${leader}, confirm: '${clusterId}' }`,
        ),
      );
      await expect(quorum.dismiss(away[0])).rejects.toThrow('no leader serves');
      // Somebody else has just begun to look, and knows nothing from before.
      expect((await quorumOf(cluster, settings, { gates }).look(IDS)).lastResort).toBe(observed.lastResort);
      for (const id of away) await cluster.servers[id].start();
      const again = await lookUntil(quorum, IDS, allInStep);
      expect(again.lastResort).toBeUndefined();
    });
  });

  /** Starts a member on an empty disk, as its gate would once it was invited. */
  async function rejoin(id: number): Promise<void> {
    const server = cluster.servers[id];
    await server.stop();
    fs.rmSync(server.data, { recursive: true, force: true });
    const serving = IDS.find((each) => each !== id) as number;
    const list = await cluster.client(serving).memberList();
    const known = list.map(({ name, peerUrls }) => `${name || `etcd-${id}`}=${peerUrls[0]}`);
    cluster.configure(id, { 'initial-cluster': known.join(','), 'initial-cluster-state': 'existing' });
    await server.start();
    await server.serving('livez');
  }

  /** The same, with less patience, knowing what the other one knows. */
  function quorumWithin(_: EtcdQuorum, forMs: number): Pick<EtcdQuorum, 'admit'> {
    const hasty = quorumOf(cluster, settings, {
      gates,
      timing: { probe: 3_000, change: { forMs, pauseMs: 200 }, notice: { forMs, pauseMs: 100 } },
    });
    return {
      admit: async (id, as) => {
        await hasty.look(IDS);
        await hasty.admit(id, as);
      },
    };
  }
});
