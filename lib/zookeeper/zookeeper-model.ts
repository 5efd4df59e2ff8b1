import { Size } from 'cdk8s';
import { Credentials } from '../core/credentials';
import type { Environment } from '../core/environment';
import { jvmMemory } from '../core/jvm';
import type { Finding } from '../core/problem';
import { resolveStorage, type VolumeModel } from '../core/storage';
import type { GateMember } from './gate/settings';
import { type ZooKeeperClusterProps, ZooKeeperVersion } from './zookeeper-props';

/** Ports as ZooKeeper's documentation numbers them. */
export const PORTS = {
  client: 2181,
  secureClient: 2281,
  quorum: 2888,
  election: 3888,
  admin: 8080,
  metrics: 7000,
} as const;

/** More of them slow every write down. */
export const MOST_VOTERS = 7;

/** An ensemble with every default filled in. */
export interface ZooKeeperModel {
  readonly name: string;
  readonly namespace: string;
  readonly clusterDomain: string;
  readonly headless: string;
  readonly version: ZooKeeperVersion;
  readonly voters: number;
  readonly members: readonly GateMember[];
  readonly founders: readonly number[];
  readonly memory: Size;
  /** MiB */
  readonly heap: number;
  readonly data: VolumeModel;
  readonly transactionLog?: VolumeModel;
  readonly tls: {
    readonly clients: 'required' | 'optional' | 'off';
    readonly clientAuthentication: 'need' | 'want' | 'none';
    readonly quorum: boolean;
  };
  /** Whether a steward looks after it. */
  readonly steward: boolean;
  /** Props as given, with the users that the library adds. */
  readonly props: ZooKeeperClusterProps;
}

/** Completes props. Bad input is completed too, as far as it goes: what is wrong with it is told by `checkZooKeeper`. */
export function completeZooKeeper(
  name: string,
  namespace: string,
  given: ZooKeeperClusterProps,
  environment: Environment,
): { model: ZooKeeperModel; findings: Finding[] } {
  const steward = (given.operations ?? 'steward') === 'steward';
  const props = steward ? withSuperUser(given) : given;
  const voters = props.voters ?? 3;
  const firstId = props.firstId ?? 1;
  const count = Math.min(Math.max(0, Math.floor(voters + (props.observers ?? 0)) || 0), 255);
  const headless = `${name}-headless`;
  const place = { name, headless, namespace, clusterDomain: environment.clusterDomain };
  const members = Array.from({ length: count }, (_, index) => ({
    id: firstId + index,
    host: memberHost(place, String(firstId + index)),
    role: index < voters ? ('participant' as const) : ('observer' as const),
  }));
  const memory = props.memory ?? Size.gibibytes(1);
  const data = resolveStorage('data', props.storage.data, environment);
  const log =
    props.storage.transactionLog && resolveStorage('datalog', props.storage.transactionLog, environment);
  const { tls } = props;
  return {
    findings: [...data.findings, ...(log?.findings ?? [])],
    model: {
      ...place,
      version: props.version ?? ZooKeeperVersion.V3_9_5,
      voters,
      members,
      founders: members.slice(0, props.founders ?? voters).map((member) => member.id),
      memory,
      heap: jvmMemory(memory, props.heap).heap,
      data: data.volume,
      transactionLog: log?.volume,
      tls: {
        clients: tls ? (tls.clients ?? 'required') : 'off',
        clientAuthentication: tls?.clientAuthentication ?? 'need',
        quorum: tls ? (tls.quorum ?? true) : false,
      },
      steward,
      props,
    },
  };
}

/** The steward reconfigures as the super user. */
function withSuperUser(props: ZooKeeperClusterProps): ZooKeeperClusterProps {
  const superUser = props.authentication?.superUser ?? Credentials.generated();
  return { ...props, authentication: { ...props.authentication, superUser } };
}

/** Full name of a member. */
export function memberHost(
  {
    name,
    headless,
    namespace,
    clusterDomain,
  }: Pick<ZooKeeperModel, 'name' | 'headless' | 'namespace' | 'clusterDomain'>,
  id: string,
): string {
  return `${name}-${id}.${headless}.${namespace}.svc.${clusterDomain}`;
}

/** Ids of members that the steward may have to restart: those that should exist, and those of a larger ensemble before. */
export function restartable({ members, voters }: ZooKeeperModel): number[] {
  const first = members[0]?.id ?? 1;
  const count = members.length - voters + MOST_VOTERS;
  return Array.from({ length: Math.max(count, members.length) }, (_, index) => first + index);
}

/** Whether anything of the ensemble speaks TLS. */
export function usesTls({ tls }: ZooKeeperModel): boolean {
  return tls.clients !== 'off' || tls.quorum;
}

/** Whether members can only be reached by TLS. */
export function onlyTls({ tls }: ZooKeeperModel): boolean {
  return tls.clients === 'required';
}

/** The port on which members reach one another's client port, where gates listen too. */
export function memberPort(model: ZooKeeperModel): number {
  return onlyTls(model) ? PORTS.secureClient : PORTS.client;
}

/** The port that clients are told. */
export function clientPort(model: ZooKeeperModel): number {
  return model.tls.clients === 'off' ? PORTS.client : PORTS.secureClient;
}
