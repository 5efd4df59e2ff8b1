import { foundingClusterId, foundingId } from './facts';
import type { EtcdGateSettings } from './settings';

/** Who a member is, which never changes, and who it would be in a cluster that is formed now. */
export interface Identity {
  readonly self: number;
  readonly name: string;
  readonly peerUrl: string;
  readonly clientUrl: string;
  /** Ids of founders. */
  readonly founders: ReadonlyMap<number, bigint>;
  /** Its own as a founder, and that of the cluster which the founders form. */
  readonly memberId: bigint;
  readonly clusterId: bigint;
  /** `initial-cluster` of the founders, and of this member alone. */
  readonly foundingCluster: string;
  readonly alone: string;
}

/**
 * The identity of a pod's member.
 * @throws Error when the name of the pod is none of a member
 */
export function identityOf(podName: string, settings: EtcdGateSettings): Identity {
  const { cluster, members, peerTls, peerPort, clientTls, clientPort, token } = settings;
  const number = /-(\d+)$/.exec(podName)?.[1];
  if (!number || !members[0])
    throw new Error(`the name of the pod, "${podName}", does not end with -<number>`);
  const self = Number(number);
  const own = members.find(({ id }) => id === self) ?? stranger(members[0], self, cluster);
  const peerUrlOf = (host: string) => `${peerTls ? 'https' : 'http'}://${host}:${peerPort}`;
  const all = [...members, ...(members.includes(own) ? [] : [own])];
  const founders = settings.founders.map(
    (id) => all.find((member) => member.id === id) ?? stranger(members[0], id, cluster),
  );
  const ids = founders.map(({ id, host }) => [id, foundingId(peerUrlOf(host), token)] as const);
  const pair = ({ name, host }: { name: string; host: string }) => `${name}=${peerUrlOf(host)}`;
  return {
    self,
    name: own.name,
    peerUrl: peerUrlOf(own.host),
    clientUrl: `${clientTls ? 'https' : 'http'}://${own.host}:${clientPort}`,
    founders: new Map(ids),
    memberId: foundingId(peerUrlOf(own.host), token),
    clusterId: foundingClusterId(ids.map(([, id]) => id)),
    foundingCluster: founders.map(pair).join(','),
    alone: pair(own),
  };
}

/** A member that should exist no more is still called as the others are. */
function stranger(
  like: EtcdGateSettings['members'][number],
  id: number,
  cluster: string,
): EtcdGateSettings['members'][number] {
  const name = `${cluster}-${id}`;
  return { id, name, host: like.host.replace(like.name, name) };
}
