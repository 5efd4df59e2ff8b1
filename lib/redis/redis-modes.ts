import type { RedisMode } from './redis-connection';
import type { RedisTopology } from './redis-model';

/** Modes of clients by what fits the servers; the first is the default. */
const MODES: Readonly<Record<RedisTopology, readonly RedisMode[]>> = {
  standalone: ['master'],
  replication: ['sentinel', 'master', 'replicas'],
  cluster: ['cluster'],
};

/** Why a mode does not fit, by what was asked for. */
const WHY: Readonly<Record<RedisTopology, string>> = {
  standalone: 'a standalone server has neither Sentinels nor replicas',
  replication: 'a master with replicas and Sentinels is no Redis Cluster, and knows no slots',
  cluster: 'a Redis Cluster has many masters, which send clients from one to another and no Sentinel knows',
};

/** How clients find servers where nobody says otherwise. */
export function defaultMode(topology: RedisTopology): RedisMode {
  return MODES[topology][0];
}

/** Why clients cannot find the servers of such a deployment in this mode; undefined: they can. */
export function modeProblem(mode: RedisMode, topology: RedisTopology, steward = true): string | undefined {
  const modes = MODES[topology];
  if (!modes.includes(mode)) {
    const fitting = modes.map((one) => `'${one}'`).join(', ');
    return `mode: '${mode}' does not fit: ${WHY[topology]}; give ${modes.length > 1 ? 'one of ' : ''}${fitting}`;
  }
  if (topology === 'replication' && mode !== 'sentinel' && !steward)
    return `mode: '${mode}' takes a steward, who labels the master and the replicas for their Services, and operations is 'none'; give 'sentinel'`;
  return undefined;
}
