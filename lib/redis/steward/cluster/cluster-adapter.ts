import { askReport, GATE_PORT } from '../../../steward/gate-report';
import type { Address } from '../../../steward/reach';
import { readReport } from '../../gate/report';
import { askServer, type NameOf } from '../../wire/info';
import { connect } from '../../wire/redis-client';
import type { Connect, Redis } from '../../wire/types';
import type { ServerSays } from '../facts';
import type { RedisStewardSettings } from '../settings';
import { KeyedRedis } from '../shared/keyed-redis';
import type { RedisKeys } from '../shared/keys';
import type { KnownServer } from '../shared/members';
import type { NodeMemory, NodeView } from './cluster-facts';
import { viewAndMemoryOf } from './cluster-observe';
import { Strays } from './strays';

/** Where a node and its gate are. */
export interface NodeAddresses {
  readonly server: Address;
  readonly gate: Address;
}

/** What a node answers. */
export interface ObservedNode {
  readonly says: ServerSays;
  readonly view?: NodeView;
  readonly memory?: NodeMemory;
}

/** By what means nodes are reached. */
export interface NodeMeans {
  /** @default - at their full names, on the ports of all servers and of all gates */
  readonly addressOf?: (server: Pick<KnownServer, 'pod' | 'host'>) => NodeAddresses;
  /** @default - connects to them */
  readonly connect?: Connect;
}

/** How long a gate may take to answer. */
const GATE_MS = 2_000;
/** How long a node may be busy with keys that it hands over, in milliseconds. */
const HANDING_MS = 60_000;

/** The nodes of a Redis Cluster as the steward sees them, and talks to them. */
export class ClusterNodes {
  private readonly clients = new Map<string, { readonly quick: Redis; readonly patient: Redis }>();
  private readonly strays = new Strays();
  private readonly addressOf: NonNullable<NodeMeans['addressOf']>;
  private readonly connect: Connect;

  constructor(
    private readonly settings: Pick<RedisStewardSettings, 'cluster' | 'port'>,
    readonly keys: Pick<RedisKeys, 'transports'>,
    means: NodeMeans = {},
  ) {
    const { port } = settings;
    this.addressOf =
      means.addressOf ?? (({ host }) => ({ server: { host, port }, gate: { host, port: GATE_PORT } }));
    this.connect = means.connect ?? connect;
  }

  /** Asks everybody; never rejects because one does not answer. */
  async look(servers: readonly KnownServer[]): Promise<Map<string, ObservedNode>> {
    this.drop(new Set(servers.map(({ pod }) => pod)));
    const hosts = new Map(servers.flatMap(({ ip, host }) => (ip ? [[ip, host] as const] : [])));
    // Nodes follow addresses, and the steward goes by names.
    const nameOf: NameOf = ({ host }) => hosts.get(host) ?? host;
    const found = servers.map(async (server) => [server.pod, await this.ask(server, nameOf)] as const);
    return new Map(await Promise.all(found));
  }

  /** A node that is known since the last look. */
  redis(pod: string): Redis {
    return this.clientsOf(pod).quick;
  }

  /** The same, where it may take its time. */
  patient(pod: string): Redis {
    return this.clientsOf(pod).patient;
  }

  /** Port of a node. */
  portOf(server: Pick<KnownServer, 'pod' | 'host'>): number {
    return this.addressOf(server).server.port;
  }

  close(): void {
    this.drop(new Set());
  }

  private async ask(server: KnownServer, nameOf: NameOf): Promise<ObservedNode> {
    const { pod } = server;
    const { server: address, gate } = this.addressOf(server);
    const redis = this.clientAt(pod, address);
    const waiting = askReport(gate, GATE_MS);
    const says = await askServer(redis, nameOf);
    if (says.state === 'silent') return { says: this.atGate(pod, await waiting) ?? says };
    if (says.state !== 'serving') return { says };
    try {
      const { view, memory } = await viewAndMemoryOf(redis);
      const strays = await this.strays.of(pod, redis, view, says.keys);
      return { says, view: { ...view, strays }, memory };
    } catch {
      // It serves, and whom it knows is not known: then it is not counted on.
      return { says };
    }
  }

  private atGate(pod: string, answer: unknown): ServerSays | undefined {
    const report = readReport(answer);
    if (!report || report.pod !== pod || report.cluster !== this.settings.cluster) return undefined;
    return { state: 'gate', disk: report.disk, says: report.says };
  }

  private clientAt(pod: string, address: Address): Redis {
    const known = this.clients.get(pod);
    if (known && sameAddress(known.quick.address, address)) return known.quick;
    known?.quick.close();
    known?.patient.close();
    const made = this.clientsFor(address);
    this.clients.set(pod, made);
    return made.quick;
  }

  private clientsFor(address: Address): { quick: Redis; patient: Redis } {
    const { keys, connect } = this;
    const slowly: Connect = (to, transport) => connect(to, { ...transport, timeoutMs: 2 * HANDING_MS });
    return {
      quick: new KeyedRedis(address, keys, connect),
      patient: new KeyedRedis(address, keys, slowly),
    };
  }

  private clientsOf(pod: string): { readonly quick: Redis; readonly patient: Redis } {
    const known = this.clients.get(pod);
    if (!known) throw new Error(`${pod} is no node that is known`);
    return known;
  }

  /** Leaves those who are not there any more. */
  private drop(staying: ReadonlySet<string>): void {
    for (const [pod, { quick, patient }] of this.clients) {
      if (staying.has(pod)) continue;
      quick.close();
      patient.close();
      this.clients.delete(pod);
    }
  }
}

const sameAddress = (one: Address, other: Address): boolean =>
  one.host === other.host && one.port === other.port;
