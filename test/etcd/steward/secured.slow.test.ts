import * as fs from 'node:fs';
import * as path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import * as tls from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EtcdStewardSettings } from '../../../lib/etcd/steward/settings';
import type { Observed } from '../../../lib/steward/adapter';
import { Authority } from '../../support/certificates';
import {
  ETCD_VERSIONS,
  type EtcdCluster,
  etcdBinaries,
  etcdMissing,
  opensslMissing,
  startEtcd,
} from '../../support/etcd-cluster';
import { loopbackSettings, mount, quorumOf } from './loopback';

const IDS = [0, 1, 2];
const missing = etcdMissing ?? opensslMissing;
const skipped = missing ? ` (skipped: ${missing})` : '';
const authentication: EtcdStewardSettings['authentication'] = { users: [], roles: {} };

const leaderIn = ({ servers }: Observed): number =>
  [...servers].find(([, server]) => server.state === 'serving' && server.role === 'leader')?.[0] ?? -1;

/** The certificate that a server shows. */
function shown(port: number, keys: tls.ConnectionOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { ...keys, host: '127.0.0.1', port, rejectUnauthorized: false };
    const socket = tls.connect(options, () => {
      resolve(socket.getPeerX509Certificate()?.fingerprint256 ?? '');
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

describe.skipIf(missing).each(ETCD_VERSIONS)(
  `a quorum with TLS and authentication${skipped}, %s`,
  (version) => {
    let cluster: EtcdCluster;
    const settings = loopbackSettings(3, { version, tls: true, peerTls: true, authentication });

    beforeAll(async () => {
      await etcdBinaries(version);
      cluster = await startEtcd({ members: 3, version, tls: true, authentication: true });
    }, 300_000);
    afterAll(() => cluster?.stop());

    it('is looked at and changed as root', async () => {
      const quorum = quorumOf(cluster, settings);
      const observed = await quorum.look(IDS);
      expect([...(observed.membership ?? [])].sort()).toEqual(IDS.map((id) => [id, 'voter']));
      const leader = leaderIn(observed);
      await quorum.handOver(leader);
      const next = await quorum.look(IDS);
      expect(leaderIn(next)).not.toBe(leader);
      await quorum.dismiss(leader);
      await quorum.spread();
      expect((await quorum.look(IDS)).membership?.size).toBe(2);
      await cluster.servers[leader].stop();
      fs.rmSync(cluster.servers[leader].data, { recursive: true });
      await delay(1_000);
      await quorum.look(IDS);
      await quorum.admit(leader, 'observer');
      const list = await cluster.client(IDS.find((id) => id !== leader)).memberList();
      const known = list.map(({ name, peerUrls }) => `${name || `etcd-${leader}`}=${peerUrls[0]}`);
      cluster.configure(leader, { 'initial-cluster': known.join(','), 'initial-cluster-state': 'existing' });
      await cluster.servers[leader].start();
      await cluster.servers[leader].serving('livez');
      await quorum.look(IDS);
      await quorum.admit(leader, 'voter');
      expect((await quorum.look(IDS)).membership?.get(leader)).toBe('voter');
    });

    it('is silent to whoever cannot log in, although it serves, until the password is the right one', async () => {
      const quorum = quorumOf(cluster, settings);
      mount(path.join(cluster.dir, 'secrets'), 'root', { password: 'another one' });
      const observed = await quorum.look(IDS);
      expect(observed.membership).toBeUndefined();
      expect(observed.servers.get(0)).toMatchObject({
        state: 'silent',
        reason: expect.stringMatching(/^it cannot be asked: etcdserver: authentication failed/),
      });
      mount(path.join(cluster.dir, 'secrets'), 'root', { password: 'root-password' });
      expect((await quorum.look(IDS)).membership?.size).toBe(3);
    });

    it('without a majority waits, and tells what is left to whoever knew it before', async () => {
      const quorum = quorumOf(cluster, settings);
      await quorum.look(IDS);
      const id = (await cluster.client(0).status()).clusterId.toString(16);
      for (const away of [1, 2]) await cluster.servers[away].stop();
      try {
        let observed = await quorum.look(IDS);
        for (let look = 0; look < 20 && observed.servers.get(0)?.state !== 'waiting'; look++) {
          await delay(300);
          observed = await quorum.look(IDS);
        }
        expect(observed.servers.get(0)).toEqual({ state: 'waiting' });
        expect(observed.lastResort).toMatch(new RegExp(`etcd-0 up to index \\d+.*confirm: '${id}'`));
        // Nobody can log in to ask for the id of the cluster.
        expect((await quorumOf(cluster, settings).look(IDS)).lastResort).toContain(
          "confirm: '<cluster-id, from the log of etcd-0>'",
        );
      } finally {
        for (const away of [1, 2]) await cluster.servers[away].start();
        await Promise.all(IDS.map((each) => cluster.servers[each].serving()));
      }
    });

    it('shows a renewed certificate without a restart, and trusts a new authority only after one', async () => {
      const directory = path.join(cluster.dir, 'tls');
      const keys = () => ({
        key: fs.readFileSync(path.join(directory, 'tls.key')),
        cert: fs.readFileSync(path.join(directory, 'tls.crt')),
        ca: fs.readFileSync(path.join(directory, 'ca.crt')),
      });
      const { ports } = cluster.servers[0];
      const old = keys();
      const before = { client: await shown(ports.client, old), peer: await shown(ports.peer, old) };
      cluster.authority?.issue(directory, '');
      expect(await shown(ports.client, old)).not.toBe(before.client);
      expect(await shown(ports.peer, old)).not.toBe(before.peer);
      await quorumOf(cluster, settings).look(IDS);

      // As when the authority is replaced at once, by one that the old one knows nothing of.
      const other = new Authority(path.join(cluster.dir, 'other'));
      other.issue(directory, '');
      const quorum = quorumOf(cluster, settings);
      expect(quorum.readAtStart()).toHaveLength(1);
      // The server shows the new certificate, and refuses whoever has one from the same authority.
      const refused = await quorum.look([0]);
      expect(refused.servers.get(0)).toMatchObject({
        state: 'silent',
        reason: expect.stringMatching(/alert/),
      });
      // All at once, since members refuse one another, too. With both authorities in ca.crt nobody refuses anybody.
      await Promise.all(cluster.servers.map((server) => server.stop('SIGTERM')));
      await Promise.all(cluster.servers.map((server) => server.start()));
      await Promise.all(cluster.servers.map((server) => server.serving()));
      expect((await quorumOf(cluster, settings).look(IDS)).membership?.size).toBe(3);
    });
  },
);
