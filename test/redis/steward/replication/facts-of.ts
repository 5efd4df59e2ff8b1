import type { ServerSays, Serving } from '../../../../lib/redis/steward/facts';
import type {
  ReplicatedServer,
  ReplicationFacts,
  SentinelFacts,
  SentinelSays,
} from '../../../../lib/redis/steward/replication/replication-facts';
import type { MemberPod } from '../../../../lib/steward/facts';

export const serverHost = (ordinal: number): string => `cache-${ordinal}.cache-headless`;
export const sentinelHost = (ordinal: number): string => `cache-sentinel-${ordinal}.cache-sentinel-headless`;

const hostsOf = (ordinals: readonly number[], host: (ordinal: number) => string, but?: number): string[] =>
  ordinals.filter((ordinal) => ordinal !== but).map(host);

const range = (count: number): number[] => Array.from({ length: count }, (_, ordinal) => ordinal);

export const silent: ServerSays = { state: 'silent', reason: 'refused' };
export const atGate = (disk: 'empty' | 'data' = 'data'): ServerSays => ({
  state: 'gate',
  disk,
  says: 'it waits',
});

/** A master with these replicas in step. */
export const master = (...replicas: readonly number[]): Serving => ({
  state: 'serving',
  role: 'master',
  runId: 'r',
  linked: true,
  offset: 100,
  replicas: replicas.map((ordinal) => ({ host: serverHost(ordinal), offset: 100, lag: 0 })),
  keys: 7,
});

export const replica = (of: number, change: Partial<Serving> = {}): Serving => ({
  state: 'serving',
  role: 'replica',
  runId: 'r',
  follows: serverHost(of),
  linked: true,
  offset: 100,
  replicas: [],
  keys: 7,
  ...change,
});

export const kube = (name: string, change: Partial<MemberPod> = {}): MemberPod => ({
  name,
  uid: `uid of ${name}`,
  revision: 'new',
  ready: true,
  terminating: false,
  started: true,
  stalled: false,
  ...change,
});

export const OLD: Partial<MemberPod> = {
  revision: 'old',
  outdated: 'it runs revision old, and new was applied',
};

/** A server, by what it says. */
export function server(
  ordinal: number,
  says: ServerSays,
  change: Partial<ReplicatedServer> & { readonly pod?: string } = {},
): ReplicatedServer {
  const pod = `cache-${ordinal}`;
  const role = says.state === 'serving' ? says.role : undefined;
  return {
    pod,
    host: serverHost(ordinal),
    ordinal,
    wanted: true,
    kube: kube(pod),
    server: says,
    ...(role && { label: role }),
    ...change,
  };
}

/** What a Sentinel knows that has heard of all of these. */
export const knows = (
  ordinal: number,
  of: number,
  servers: number,
  sentinels = 3,
  change: Partial<Extract<SentinelSays, { state: 'knows' }>> = {},
): SentinelSays => ({
  state: 'knows',
  master: serverHost(of),
  down: false,
  failingOver: false,
  replicas: hostsOf(range(servers), serverHost, of),
  sentinels: hostsOf(range(sentinels), sentinelHost, ordinal),
  ...change,
});

export function sentinel(
  ordinal: number,
  says: SentinelSays,
  change: Partial<SentinelFacts> = {},
): SentinelFacts {
  const pod = `cache-sentinel-${ordinal}`;
  return { pod, host: sentinelHost(ordinal), ordinal, wanted: true, kube: kube(pod), says, ...change };
}

/** A deployment in which everything is as it should be, but for what is changed. */
export function factsOf(
  change: {
    readonly servers?: readonly ReplicatedServer[];
    readonly sentinels?: readonly SentinelFacts[] | 'none';
    readonly wanted?: number;
    readonly replicas?: number;
    readonly sentinelReplicas?: number;
  } & Partial<
    Pick<
      ReplicationFacts,
      'unapplied' | 'formed' | 'keepsData' | 'unprovisioned' | 'provisionFailed' | 'staleCertificates'
    >
  > = {},
): ReplicationFacts {
  const {
    servers = [server(0, master(1, 2)), server(1, replica(0)), server(2, replica(0))],
    sentinels = range(3).map((ordinal) => sentinel(ordinal, knows(ordinal, 0, servers.length))),
    wanted = servers.filter((each) => each.wanted).length,
    replicas = wanted,
    sentinelReplicas = 3,
    ...others
  } = change;
  return {
    formed: true,
    keepsData: true,
    staleCertificates: [],
    servers: { set: 'cache', wanted, replicas, members: servers },
    ...(sentinels !== 'none' && {
      sentinels: { set: 'cache-sentinel', wanted: 3, replicas: sentinelReplicas, members: sentinels },
    }),
    ...others,
  };
}
