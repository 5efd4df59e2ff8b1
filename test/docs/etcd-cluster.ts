import { Size } from 'cdk8s';
import { type EnvironmentProps, EtcdCluster, type EtcdClusterProps } from '../../lib';
import type { Facts } from '../../lib/steward/facts';
import { type Manifest, rendered } from './rendered';

/** Objects of the cluster `etcd` that the guide speaks of, with TLS as in its ten lines. */
export function renderedEtcd(
  props: Partial<EtcdClusterProps> = {},
  environment: EnvironmentProps = {},
): Manifest[] {
  const certificates = { issuer: { name: 'internal' } };
  const given = { storage: { data: Size.gibibytes(10) }, tls: {}, ...props };
  return rendered(
    'registry',
    { certificates, ...environment },
    (chart) => new EtcdCluster(chart, 'etcd', given),
  );
}

const REVISION = 'etcd-7b7f666c44';

/** Three members, of which the second has lost its disk, as its gate says, and the third leads. */
export function lostDisk(says: string): Facts {
  const pod = (id: number) => ({
    name: `etcd-${id}`,
    uid: `0000000${id}-1111-4222-8333-444444444444`,
    revision: REVISION,
    ready: id !== 1,
    terminating: false,
    stalled: false,
    node: `node-${id + 1}`,
    zone: `zone-${'abc'[id]}`,
  });
  return {
    formed: true,
    founders: [0, 1, 2],
    firstId: 0,
    replicas: 3,
    quorum: true,
    provisioned: true,
    invites: true,
    members: [
      {
        id: -2,
        listed: 'voter',
        ghost: { of: 1, name: 'the lost disk of etcd-1' },
        server: { state: 'silent', reason: 'nobody here can take up its place' },
      },
      {
        id: 0,
        wanted: 'voter',
        listed: 'voter',
        pod: pod(0),
        server: { state: 'serving', role: 'follower', synced: true, lag: 0 },
      },
      { id: 1, wanted: 'voter', pod: pod(1), server: { state: 'gate', disk: 'lost', says } },
      {
        id: 2,
        wanted: 'voter',
        listed: 'voter',
        pod: pod(2),
        server: { state: 'serving', role: 'leader', synced: true, lag: 0 },
      },
    ],
  };
}
