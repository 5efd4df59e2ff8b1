import { Duration, Size } from 'cdk8s';
import { Credentials } from '../core/credentials';
import type { Environment } from '../core/environment';
import type { Finding } from '../core/problem';
import { bytesOf } from '../core/quantity';
import { resolveStorage, type VolumeModel } from '../core/storage';
import { memberHost, memberName, type Place, PORTS } from './etcd-names';
import type {
  EtcdAuthentication,
  EtcdClusterProps,
  EtcdCompaction,
  EtcdDefragmentation,
  EtcdTls,
} from './etcd-props';
import { ETCD_LINES, type EtcdLine, EtcdVersion } from './etcd-version';
import type { EtcdGateMember } from './gate/settings';

/** A cluster with every default filled in. */
export interface EtcdModel extends Place {
  readonly version: EtcdVersion;
  /** What manifests must know of the release; of the newest known one where the library does not know it. */
  readonly line: EtcdLine;
  readonly members: readonly EtcdGateMember[];
  readonly founders: readonly number[];
  /** `initial-cluster-token` of a cluster that is formed. */
  readonly token: string;
  readonly quota: Size;
  readonly memory: Size;
  readonly cpu: string;
  readonly data: VolumeModel;
  readonly wal?: VolumeModel;
  readonly tls: EtcdTlsModel;
  readonly compaction?: EtcdCompaction;
  readonly defragmentation?: Required<Omit<EtcdDefragmentation, 'schedule'>> &
    Pick<EtcdDefragmentation, 'schedule'>;
  /** Milliseconds. */
  readonly heartbeatInterval: number;
  readonly electionTimeout: number;
  readonly authentication?: Required<EtcdAuthentication>;
  /** Whether a steward looks after it. */
  readonly steward: boolean;
  readonly props: EtcdClusterProps;
}

/** Who talks TLS, and with which certificates. */
export interface EtcdTlsModel {
  /** Certificate that clients see; undefined: they talk plain text. */
  readonly clients?: EtcdTls;
  readonly clientAuthentication: boolean;
  /** Certificate of members among themselves; undefined: they talk plain text. */
  readonly peers?: Pick<EtcdTls, 'secret' | 'issuer'>;
}

/** Completes props. Bad input is completed too, as far as it goes: what is wrong with it is told by `checkEtcd`. */
export function completeEtcd(
  name: string,
  namespace: string,
  props: EtcdClusterProps,
  environment: Environment,
): { model: EtcdModel; findings: Finding[] } {
  const place = { name, namespace, clusterDomain: environment.clusterDomain };
  const version = props.version ?? EtcdVersion.V3_6_14;
  const count = Math.min(Math.max(0, Math.floor(props.members ?? 3) || 0), 99);
  const members = Array.from({ length: count }, (_, id) => ({
    id,
    name: memberName(place, id),
    host: memberHost(place, id),
  }));
  const founders = Math.min(Math.max(0, Math.floor(props.founders ?? count) || 0), 99);
  const quota = props.quota ?? Size.gibibytes(2);
  const data = resolveStorage('data', props.storage.data, environment);
  const wal = props.storage.wal && resolveStorage('wal', props.storage.wal, environment);
  const steward = (props.operations ?? 'steward') === 'steward';
  return {
    findings: [...data.findings, ...(wal?.findings ?? [])],
    model: {
      ...place,
      version,
      line: version.line ?? ETCD_LINES[ETCD_LINES.length - 1],
      members,
      founders: Array.from({ length: founders }, (_, id) => id),
      token: tokenOf(clusterToken(place, environment), props),
      quota,
      memory: props.memory ?? defaultMemory(quota),
      cpu: props.cpu ?? '250m',
      data: data.volume,
      wal: wal?.volume,
      tls: completeTls(props),
      compaction:
        props.compaction === false
          ? undefined
          : (props.compaction ?? { mode: 'periodic', retention: Duration.hours(1) }),
      defragmentation: steward ? completeDefragmentation(props) : undefined,
      heartbeatInterval: props.heartbeatInterval?.toMilliseconds({ integral: false }) ?? 100,
      electionTimeout: props.electionTimeout?.toMilliseconds({ integral: false }) ?? 1000,
      authentication: props.authentication && completeAuthentication(props.authentication),
      steward,
      props,
    },
  };
}

/** Token of a cluster that starts empty. */
export function clusterToken({ namespace, name }: Place, environment: Environment): string {
  return `${environment.name}/${namespace}/${name}`;
}

/** What is restored has another token than what it was taken from, which may still run. */
function tokenOf(own: string, { restore }: EtcdClusterProps): string {
  return restore ? (restore.token ?? `${own}/${restore.snapshot.replace(/^.*\//, '')}`) : own;
}

/** The database is mapped into memory, and the index of its keys is kept there beside it. */
function defaultMemory(quota: Size): Size {
  return Size.mebibytes(Math.ceil((bytesOf(quota) * 1.5) / 1024 ** 2) + 512);
}

function completeTls({ tls }: EtcdClusterProps): EtcdTlsModel {
  if (!tls) return { clientAuthentication: false };
  const { clients = true, clientAuthentication = 'need', secret, issuer } = tls;
  return {
    clients: clients ? tls : undefined,
    clientAuthentication: clients && clientAuthentication === 'need',
    peers: tls.peers === false ? undefined : (tls.peers ?? { secret, issuer }),
  };
}

function completeDefragmentation({ defragmentation }: EtcdClusterProps): EtcdModel['defragmentation'] {
  if (defragmentation === false) return undefined;
  const { fragmentation = 0.5, minimum = Size.mebibytes(100), schedule } = defragmentation ?? {};
  return { fragmentation, minimum, schedule };
}

function completeAuthentication({
  root = Credentials.generated(),
  users = [],
  roles = {},
  tokenLifetime = Duration.minutes(5),
}: EtcdAuthentication): Required<EtcdAuthentication> {
  return { root, users, roles, tokenLifetime };
}

/** `http` or `https`, as clients talk to the cluster. */
export function clientScheme({ tls }: Pick<EtcdModel, 'tls'>): string {
  return tls.clients ? 'https' : 'http';
}

/** Where Jobs and stewards reach the members as clients. */
export function clientAddresses({ members }: EtcdModel): { host: string; port: number }[] {
  return members.map(({ host }) => ({ host, port: PORTS.client }));
}
