import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askPeer } from '../../../lib/etcd/gate/ask';
import { foundingClusterId, foundingId } from '../../../lib/etcd/gate/facts';
import {
  type EtcdCluster,
  etcdBinaries,
  etcdMissing,
  opensslMissing,
  startEtcd,
} from '../../support/etcd-cluster';
import { freePort } from '../../support/ports';
import { LOOPBACK } from '../../support/process';
import { settingsOf } from './volumes';

const missing = etcdMissing ?? opensslMissing;
const title = missing ? `a peer that talks TLS (skipped: ${missing})` : 'a peer that talks TLS';

describe.skipIf(missing)(title, () => {
  let cluster: EtcdCluster;
  let gatePort: number;

  beforeAll(async () => {
    await etcdBinaries();
    cluster = await startEtcd({ tls: true, authentication: true });
    gatePort = freePort();
  }, 300_000);
  afterAll(() => cluster?.stop());

  const askWith = (tls: EtcdCluster['tls']) => {
    const { peer, metrics } = cluster.servers[0].ports;
    const settings = settingsOf({ peerTls: true, peerPort: peer, metricsPort: metrics });
    return askPeer({ settings, gatePort, tls }, { id: 0, name: 'etcd-0', host: LOOPBACK });
  };

  it('tells its membership to whoever shows a certificate of a member, also where users must log in', async () => {
    const id = foundingId(cluster.peerUrl(0), 'test');
    expect(await askWith(cluster.tls)).toEqual({
      state: 'serving',
      clusterId: foundingClusterId([id]),
      members: [{ id, name: 'etcd-0', peerUrls: [cluster.peerUrl(0)], learner: false }],
      version: '3.6.0',
    });
  });

  it('is as good as silent to anybody else', async () => {
    const { ca } = cluster.tls ?? {};
    const answer = await askWith({ ca });
    expect(answer).toEqual({
      state: 'silent',
      reason: expect.stringMatching(
        /^it serves, and its membership cannot be read: .*(alert|certificate|socket|reset)/i,
      ),
    });
  });
});
