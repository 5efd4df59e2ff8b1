import type {
  ReplicationFacts,
  SentinelAnswer,
  ServerPeer,
} from '../../../../lib/redis/gate/replication/facts';

export const silent: ServerPeer = { state: 'silent', reason: 'no answer within 2000 ms' };
export const loading: ServerPeer = { state: 'loading' };
export const gate = (disk: 'empty' | 'data', wasMaster = false): ServerPeer => ({
  state: 'gate',
  disk,
  wasMaster,
});
export const master = (keys = 7): ServerPeer => ({ state: 'serving', role: 'master', linked: true, keys });
export const replica = (linked = true, keys = 7): ServerPeer => ({
  state: 'serving',
  role: 'replica',
  linked,
  keys,
});

export const names = (
  pod: string,
  { down = false, failingOver = false, epoch = 0 } = {},
): SentinelAnswer => ({ state: 'knows', master: pod, epoch, down, failingOver });
export const blank: SentinelAnswer = { state: 'blank' };
export const mute: SentinelAnswer = { state: 'silent', reason: 'refused' };

/** What the gate of cache-0 of three servers decides from, unless it is told otherwise. */
export function factsOf(
  peers: readonly ServerPeer[],
  sentinels: readonly SentinelAnswer[],
  change: Partial<ReplicationFacts> = {},
): ReplicationFacts {
  const self = change.self ?? 'cache-0';
  const others = ['cache-0', 'cache-1', 'cache-2', 'cache-3'].filter((pod) => pod !== self);
  return {
    self,
    cluster: 'cache',
    founders: ['cache-0', 'cache-1', 'cache-2'],
    formed: true,
    keepsData: true,
    disk: 'log',
    wasMaster: false,
    claims: false,
    peers: new Map(peers.map((peer, index) => [others[index], peer])),
    sentinels: new Map(sentinels.map((answer, index) => [`cache-sentinel-${index}`, answer])),
    patience: 20_000,
    ...change,
  };
}
