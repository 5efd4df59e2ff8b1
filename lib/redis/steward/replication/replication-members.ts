import { askReport } from '../../../steward/gate-report';
import type { Address } from '../../../steward/reach';
import { readReport } from '../../gate/report';
import { readSentinelReport } from '../../gate/sentinel/report';
import { askServer, type NameOf } from '../../wire/info';
import { connect } from '../../wire/redis-client';
import type { Connect, Redis } from '../../wire/types';
import type { ServerSays } from '../facts';
import type { RedisStewardSettings } from '../settings';
import { KeyedRedis } from '../shared/keyed-redis';
import type { RedisKeys } from '../shared/keys';
import type { SentinelSays } from './replication-facts';
import { askSentinel } from './replication-observe';

/** A server or Sentinel that is to be asked. */
export interface Known {
  readonly pod: string;
  readonly host: string;
}

/** What they answer, by their pods. */
export interface Answers {
  readonly servers: ReadonlyMap<string, ServerSays>;
  readonly sentinels: ReadonlyMap<string, SentinelSays>;
}

/** What members are reached by, so that a test can put something else in its place. */
export interface MemberMeans {
  /** Where a server is. */
  readonly addressOf: (server: Known) => Address;
  /** Where a Sentinel is. */
  readonly sentinelAt: (sentinel: Known) => Address;
  /** Where the gate of either is. */
  readonly gateOf: (member: Known) => Address;
  readonly connect?: Connect;
}

/** How long one may take to answer that did the last time, and one that did not, so that it does not hold up the others. */
const ANSWER_MS = 2_000;
const SILENT_MS = 500;

/** Servers and Sentinels as the steward sees them, and talks to them. */
export class ReplicationMembers {
  private readonly clients = new Map<string, Redis>();
  private readonly silent = new Set<string>();

  constructor(
    private readonly settings: Pick<RedisStewardSettings, 'cluster' | 'sentinel'>,
    readonly keys: Pick<RedisKeys, 'transports' | 'passwords'>,
    readonly means: MemberMeans,
  ) {}

  /** Asks servers and Sentinels, by their pods; never rejects because one does not answer. */
  async look(servers: readonly Known[], sentinels: readonly Known[]): Promise<Answers> {
    const { addressOf, sentinelAt } = this.means;
    const names = new Map([
      ...servers.map((each) => [keyOf(addressOf(each)), each.host] as const),
      ...sentinels.map((each) => [keyOf(sentinelAt(each)), each.host] as const),
    ]);
    const nameOf: NameOf = (address) => names.get(keyOf(address)) ?? address.host;
    const [says, watching] = await Promise.all([
      Promise.all(servers.map(async (each) => [each.pod, await this.server(each, nameOf)] as const)),
      Promise.all(sentinels.map(async (each) => [each.pod, await this.sentinel(each, nameOf)] as const)),
    ]);
    return { servers: new Map(says), sentinels: new Map(watching) };
  }

  /** A client of a server, or a Sentinel, that says where it is. */
  client(member: Known, kind: 'addressOf' | 'sentinelAt'): Redis {
    const address = this.means[kind](member);
    const known = this.clients.get(member.pod);
    if (known && keyOf(known.address) === keyOf(address)) return known;
    known?.close();
    const client = new KeyedRedis(address, this.keys, this.means.connect ?? connect);
    this.clients.set(member.pod, client);
    return client;
  }

  close(): void {
    for (const client of this.clients.values()) client.close();
    this.clients.clear();
  }

  private async server(server: Known, nameOf: NameOf): Promise<ServerSays> {
    const asked = this.inTime(server.pod, askServer(this.client(server, 'addressOf'), nameOf));
    const says = await asked.catch(
      (error: Error): ServerSays => ({ state: 'silent', reason: error.message }),
    );
    if (says.state !== 'silent') return says;
    const report = readReport(await this.report(server));
    if (report?.pod !== server.pod || report.cluster !== this.settings.cluster) return says;
    return { state: 'gate', disk: report.disk, says: report.says };
  }

  private async sentinel(sentinel: Known, nameOf: NameOf): Promise<SentinelSays> {
    const { settings, keys } = this;
    if (!settings.sentinel) throw new Error('there are no Sentinels');
    try {
      const client = this.client(sentinel, 'sentinelAt');
      return await this.inTime(
        sentinel.pod,
        askSentinel(client, settings.sentinel, keys.passwords(), nameOf),
      );
    } catch (error) {
      const report = readSentinelReport(await this.report(sentinel));
      if (report?.pod === sentinel.pod && report.cluster === settings.cluster) {
        return { state: 'gate', says: report.says };
      }
      return { state: 'silent', reason: (error as Error).message };
    }
  }

  private report(member: Known): Promise<unknown> {
    return askReport(this.means.gateOf(member), SILENT_MS);
  }

  private async inTime<T>(pod: string, answer: Promise<T>): Promise<T> {
    const limit = this.silent.has(pod) ? SILENT_MS : ANSWER_MS;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${limit} ms`)), limit);
    });
    try {
      const found = await Promise.race([answer, late]);
      this.silent.delete(pod);
      return found;
    } catch (error) {
      this.silent.add(pod);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }
}

const keyOf = ({ host, port }: Address): string => `${host}:${port}`;
