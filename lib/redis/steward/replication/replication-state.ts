import type { Serving } from '../facts';
import type { ReplicatedServer, ReplicationFacts, SentinelFacts, SentinelView } from './replication-facts';

/** A server that takes commands. */
export type ServingServer = ReplicatedServer & { readonly server: Serving };

/** A Sentinel that monitors a master. */
export type KnowingSentinel = SentinelFacts & { readonly says: SentinelView };

export const isServing = (server: ReplicatedServer): server is ServingServer =>
  server.server.state === 'serving';

/** Servers and Sentinels that the manifests want. */
export const wantedServers = ({ servers }: ReplicationFacts): ReplicatedServer[] =>
  servers.members.filter(({ wanted }) => wanted);
export const wantedSentinels = ({ sentinels }: ReplicationFacts): SentinelFacts[] =>
  sentinels?.members.filter(({ wanted }) => wanted) ?? [];

/** Wanted Sentinels that monitor a master. */
export function knowing(facts: ReplicationFacts): KnowingSentinel[] {
  return wantedSentinels(facts).filter((each): each is KnowingSentinel => each.says.state === 'knows');
}

/** Full name of the server that a majority of the Sentinels names; where a server is alone, its own. */
export function namedMaster(facts: ReplicationFacts): string | undefined {
  if (!facts.sentinels) return wantedServers(facts)[0]?.host;
  const votes = new Map<string, number>();
  for (const { says } of knowing(facts)) votes.set(says.master, (votes.get(says.master) ?? 0) + 1);
  return [...votes].find(([, count]) => count > wantedSentinels(facts).length / 2)?.[0];
}

/** The server that is named and serves as the master. */
export function masterOf(facts: ReplicationFacts): ServingServer | undefined {
  const host = namedMaster(facts);
  return facts.servers.members
    .filter(isServing)
    .find((each) => each.host === host && each.server.role === 'master');
}

/** Whether all Sentinels that answer name the same master, and nobody is about to replace it. */
export function isCalm(facts: ReplicationFacts): boolean {
  const host = namedMaster(facts);
  return knowing(facts).every(({ says }) => says.master === host && !says.down && !says.failingOver);
}

/** Whether a replica is connected to this master, by the word of both, and has all that it had a moment ago. */
export function isInStep(server: ReplicatedServer, master: ServingServer): boolean {
  const { state } = server.server;
  if (state !== 'serving' || server.server.role !== 'replica') return false;
  if (!server.server.linked || server.server.follows !== master.host) return false;
  return master.server.replicas.some(({ host }) => host === server.host);
}

/** Whether Kubernetes has its pod as it should be, there to stay. */
export const stays = ({ kube }: Pick<ReplicatedServer, 'kube'>): boolean =>
  kube?.ready === true && !kube.terminating;

/** Whether a server is as it should be, by its own word, by the master's and by that of Kubernetes. */
export function isWell(server: ReplicatedServer, master: ServingServer | undefined): boolean {
  if (!master || !stays(server)) return false;
  return server.pod === master.pod || isInStep(server, master);
}

/** Whether a Sentinel is as it should be. */
export function isSentinelWell(facts: ReplicationFacts, sentinel: SentinelFacts): boolean {
  const { says } = sentinel;
  return stays(sentinel) && says.state === 'knows' && says.master === namedMaster(facts) && !says.down;
}

/** What a Sentinel does not know yet of those that are wanted. */
export function unknownTo(facts: ReplicationFacts, { host, says }: KnowingSentinel): string[] {
  const others = wantedSentinels(facts).filter(
    (each) => each.host !== host && !says.sentinels.includes(each.host),
  );
  const replicas = wantedServers(facts).filter(
    (each) => each.host !== says.master && !says.replicas.includes(each.host),
  );
  return [...others, ...replicas].map(({ pod }) => pod);
}

/** What a Sentinel still counts although it is gone: neither wanted nor in a pod. */
export function surplusOf(facts: ReplicationFacts, { says }: KnowingSentinel): string[] {
  const servers = facts.servers.members.map(({ host }) => host);
  const sentinels = facts.sentinels?.members.map(({ host }) => host) ?? [];
  return [
    ...says.replicas.filter((host) => !servers.includes(host)),
    ...says.sentinels.filter((host) => !sentinels.includes(host)),
  ];
}
