import { Size } from 'cdk8s';
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
  readonly props: ZooKeeperClusterProps;
}

/** Completes props. Bad input is completed too, as far as it goes: what is wrong with it is told by `checkZooKeeper`. */
export function completeZooKeeper(
  name: string,
  namespace: string,
  props: ZooKeeperClusterProps,
  environment: Environment,
): { model: ZooKeeperModel; findings: Finding[] } {
  const voters = props.voters ?? 3;
  const firstId = props.firstId ?? 1;
  const count = Math.min(Math.max(0, Math.floor(voters + (props.observers ?? 0)) || 0), 255);
  const headless = `${name}-headless`;
  const members = Array.from({ length: count }, (_, index) => ({
    id: firstId + index,
    host: `${name}-${firstId + index}.${headless}.${namespace}.svc.${environment.clusterDomain}`,
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
      name,
      namespace,
      clusterDomain: environment.clusterDomain,
      headless,
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
      props,
    },
  };
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

/** Full name of a Service of the ensemble. */
export function serviceHost({ namespace, clusterDomain }: ZooKeeperModel, service: string): string {
  return `${service}.${namespace}.svc.${clusterDomain}`;
}
