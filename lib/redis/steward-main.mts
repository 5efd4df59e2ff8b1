import { Backups } from '../steward/backups.js';
import type { Cluster } from '../steward/cluster.js';
import { GATE_PORT } from '../steward/gate-report.js';
import { log, runRole } from '../steward/program.js';
import { runSteward } from '../steward/run.js';
import { ClusterNodes } from './steward/cluster/cluster-adapter.js';
import { RedisClusterCharge } from './steward/cluster/cluster-charge.js';
import { RedisReplicationCharge } from './steward/replication/replication-charge.js';
import { ReplicationMembers } from './steward/replication/replication-members.js';
import type { RedisStewardSettings } from './steward/settings.js';
import { RedisKeys } from './steward/shared/keys.js';
import { RedisServices } from './steward/shared/services.js';

const settings = JSON.parse(process.env.SETTINGS ?? '{}') as RedisStewardSettings;
const keys = new RedisKeys(settings);
const services = new RedisServices(settings, keys);

const backupsOf = (cluster: Cluster) => new Backups(cluster, settings.backups ?? []);
const atServer = ({ host }: { readonly host: string }) => ({ host, port: settings.port });
const atGate = ({ host }: { readonly host: string }) => ({ host, port: GATE_PORT });

/** A Redis Cluster. */
function shards(): Promise<void> {
  const addressOf = (node: { readonly host: string }) => ({ server: atServer(node), gate: atGate(node) });
  const nodes = new ClusterNodes(settings, keys, { addressOf });
  const take = (cluster: Cluster) =>
    new RedisClusterCharge({ settings, cluster, nodes, keys, services, backups: backupsOf(cluster) });
  return runSteward(settings, take, log);
}

/** A master with its replicas and Sentinels, or a server that is alone. */
function servers(): Promise<void> {
  const sentinelAt = ({ host }: { readonly host: string }) => ({ host, port: settings.sentinel?.port ?? 0 });
  const members = new ReplicationMembers(settings, keys, { addressOf: atServer, sentinelAt, gateOf: atGate });
  const take = (cluster: Cluster, wake: () => void) => {
    const backups = backupsOf(cluster);
    return new RedisReplicationCharge({ settings, cluster, members, keys, services, backups, wake });
  };
  return runSteward(settings, take, log);
}

runRole('redis.mjs', { steward: () => (settings.topology === 'cluster' ? shards() : servers()) });
