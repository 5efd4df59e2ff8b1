import * as fs from 'node:fs';
import * as path from 'node:path';
import { EtcdAddresses, type MemberAddresses } from '../../../lib/etcd/steward/addresses';
import { Keys } from '../../../lib/etcd/steward/keys';
import { EtcdMembers } from '../../../lib/etcd/steward/members';
import type { ChangeTiming } from '../../../lib/etcd/steward/membership';
import { EtcdQuorum, type EtcdQuorumParts } from '../../../lib/etcd/steward/quorum';
import type { EtcdStewardSettings } from '../../../lib/etcd/steward/settings';
import { type EtcdCluster, ROOT } from '../../support/etcd-cluster';
import { LOOPBACK } from '../../support/process';

/** Times that are enough on loopback, on a busy machine. */
export const LOOPBACK_TIMING: ChangeTiming = {
  probe: 3_000,
  change: { forMs: 20_000, pauseMs: 250 },
  notice: { forMs: 10_000, pauseMs: 100 },
};

/** Ports of a member on loopback. */
export type Ports = Readonly<Record<keyof MemberAddresses, number>>;

/** Members on loopback, which differ by their ports. */
export class LoopbackAddresses extends EtcdAddresses {
  constructor(
    private readonly portsOf: (id: number) => Ports | undefined,
    private readonly tls = false,
  ) {
    const port = 1;
    super({
      host: LOOPBACK,
      memberName: 'etcd-{id}',
      clientPort: port,
      peerPort: port,
      metricsPort: port,
      peerTls: tls,
    });
  }

  override of(id: number): MemberAddresses {
    // Nobody listens on port 1.
    const { client = 1, peer = 1, metrics = 1, gate = 1 } = this.portsOf(id) ?? {};
    const at = (port: number) => ({ host: LOOPBACK, port });
    return { client: at(client), peer: at(peer), metrics: at(metrics), gate: at(gate) };
  }

  override peerUrl(id: number): string {
    return `${this.tls ? 'https' : 'http'}://${LOOPBACK}:${this.of(id).peer.port}`;
  }

  override idOfPeerUrl(url: string): number | undefined {
    return Array.from({ length: 10 }, (_, id) => id).find(
      (id) => this.portsOf(id) && this.peerUrl(id) === url,
    );
  }
}

/** Settings of a steward of so many members. */
export function loopbackSettings(
  count: number,
  more: Partial<EtcdStewardSettings> = {},
): EtcdStewardSettings {
  return {
    cluster: 'etcd',
    sets: ['etcd'],
    namespace: 'test',
    rendered: `${count}`,
    selector: { app: 'etcd' },
    labels: { app: 'etcd' },
    members: Array.from({ length: count }, (_, id) => ({ id, part: 'voter' })),
    founders: [0],
    data: 'claims',
    host: LOOPBACK,
    memberName: 'etcd-{id}',
    clientPort: 1,
    peerPort: 1,
    metricsPort: 1,
    tls: false,
    peerTls: false,
    version: '3.6.14',
    quota: 2 ** 31,
    ...more,
  };
}

/** A steward's adapter for a cluster of tests; `gates` are the ports on which gates report. */
export function quorumOf(
  cluster: EtcdCluster,
  settings: EtcdStewardSettings,
  parts: Partial<EtcdQuorumParts> & { readonly gates?: ReadonlyMap<number, number> } = {},
): EtcdQuorum {
  const { gates, ...others } = parts;
  const ports = (id: number) => {
    const server = cluster.servers[id];
    return server && { ...server.ports, gate: gates?.get(id) ?? 1 };
  };
  const secrets = path.join(cluster.dir, 'secrets');
  mount(secrets, 'root', { username: ROOT.username, password: ROOT.password });
  if (settings.tls) {
    const { key, cert, ca } = cluster.tls as Record<'key' | 'cert' | 'ca', Buffer>;
    mount(secrets, 'tls', { 'tls.key': key, 'tls.crt': cert, 'ca.crt': ca });
  }
  const keys = new Keys(settings, secrets, 10_000);
  const members = new EtcdMembers(new LoopbackAddresses(ports, settings.peerTls), keys);
  return new EtcdQuorum(settings, { members, timing: LOOPBACK_TIMING, ...others });
}

/** Puts files where a Secret would be mounted. */
export function mount(secrets: string, name: string, files: Readonly<Record<string, string | Buffer>>): void {
  const dir = path.join(secrets, name);
  fs.mkdirSync(dir, { recursive: true });
  for (const [file, text] of Object.entries(files)) fs.writeFileSync(path.join(dir, file), text);
}
