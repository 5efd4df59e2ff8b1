import type { GateSettings } from '../../../lib/zookeeper/gate/settings';
import { type Timing, ZooKeeperQuorum } from '../../../lib/zookeeper/steward/quorum';
import type { ZooKeeperStewardSettings } from '../../../lib/zookeeper/steward/settings';

/** What the steward of an ensemble on loopback is told. */
export function loopbackSteward(
  gate: GateSettings,
  change: Partial<ZooKeeperStewardSettings> = {},
): ZooKeeperStewardSettings {
  const { port, quorumPort, electionPort, founders } = gate;
  return {
    cluster: gate.cluster,
    sets: ['zk'],
    namespace: 'test',
    rendered: 'one',
    selector: {},
    labels: {},
    members: gate.members.map(({ id, role }) => ({
      id,
      part: role === 'participant' ? 'voter' : 'observer',
    })),
    founders,
    data: 'claims',
    host: '127.0.0.{id}',
    port,
    tls: false,
    quorumPort,
    electionPort,
    client: { host: '127.0.0.{id}', port },
    wanted: { znodes: [] },
    ...change,
  };
}

/** Shorter than in a cluster, and everything is provisioned whenever it is looked at. */
export const SHORT: Timing = { word: 1_000, session: 5_000, provision: 0, pause: 0 };

/** The adapter for an ensemble on loopback. */
export function loopbackQuorum(
  gate: GateSettings,
  change: Partial<ZooKeeperStewardSettings> = {},
  timing: Partial<Timing> = {},
): ZooKeeperQuorum {
  return new ZooKeeperQuorum(loopbackSteward(gate, change), { ...SHORT, ...timing });
}
