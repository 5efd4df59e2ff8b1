import { Certificates } from '../../steward/certificates';
import { NowAndThen, within } from '../../steward/within';
import {
  type Address,
  type Admin,
  type FeatureState,
  KafkaError,
  type LogDir,
  type QuorumState,
  type Registrations,
} from '../wire/types';
import type { BrokerFacts, Move, Partition } from './facts';
import type { Keys } from './keys';
import { beginMoves, endMoves, involved, throttledBrokers } from './moves';
import {
  type BrokerAddress,
  brokerAddress,
  failedIn,
  type Heard,
  hear,
  type ObservedBroker,
  partitionsOf,
  serverOf,
  sizesOf,
  upgradeDue,
  votesOf,
} from './observe';
import { throttled } from './reassignment';
import type { KafkaStewardSettings } from './settings';
import { type TopicSettings, TopicSettingsCache } from './topic-settings';
import { type Told, Truth } from './truth';

/** The cluster as its brokers and the quorum's leader tell of it. */
export interface BrokersObserved
  extends Pick<
    BrokerFacts,
    'known' | 'partitions' | 'throttled' | 'activeController' | 'quorum' | 'upgrade' | 'staleCertificates'
  > {
  /** Of the settings, and those that the cluster knows besides; by id. */
  readonly brokers: ReadonlyMap<number, ObservedBroker>;
  /** Why it is not known how the cluster is. */
  readonly unknown?: string;
  /** For people: the metadata quorum, and the directories of the brokers that serve. */
  readonly metadataQuorum?: QuorumState;
  readonly logDirs: ReadonlyMap<number, readonly LogDir[]>;
}

/** What is needed of the cluster. */
export type BrokersAdmin = Pick<
  Admin,
  | 'describe'
  | 'describeQuorum'
  | 'describeConfigs'
  | 'alterConfigs'
  | 'reassign'
  | 'reassignments'
  | 'logDirs'
  | 'features'
  | 'updateFeature'
  | 'unregisterBroker'
> &
  Registrations;

/** Times of the adapter, in milliseconds. */
export interface BrokersTiming {
  /** For a probe of a port. */
  readonly probe: number;
  /** For a question that a look depends on. */
  readonly question: number;
  /** How often directories, throttles, features and registrations are asked for. */
  readonly seldom: number;
}

const TIMING: BrokersTiming = { probe: 2_000, question: 4_000, seldom: 15_000 };
/** How much more seldom all ids are asked for: that keeps the controllers busy for a moment. */
const SWEEP = 40;
/** Those of controllers are above. */
const BROKER_IDS = Array.from({ length: 3_000 }, (_, id) => id);
/** A setting that a broker does not have, and may have as its own only. */
const UNSET = 'listener.name.replication.ssl.keystore.location';

/** The brokers as the steward sees and changes them. */
export class KafkaBrokers {
  private readonly truth: Truth;
  private readonly topics: TopicSettingsCache;
  private readonly certificates: Certificates<number>;
  private readonly dirs: NowAndThen<ReadonlyMap<number, readonly LogDir[]>>;
  private readonly throttles: NowAndThen<readonly number[]>;
  private readonly features: NowAndThen<readonly FeatureState[]>;
  private readonly registrations: NowAndThen<ReadonlySet<number>>;
  /** Any that are registered, as of long ago. */
  private readonly strangers: NowAndThen<readonly number[]>;
  /** Whose registrations are known. */
  private askedFor: readonly number[] = [];
  private serving: readonly number[] = [];
  private partitions: readonly Partition[] = [];
  private topicSettings: ReadonlyMap<string, TopicSettings> = new Map();

  constructor(
    private readonly settings: Pick<
      KafkaStewardSettings,
      'brokers' | 'combined' | 'metadata' | 'metadataVersion' | 'reassignment'
    >,
    private readonly admin: BrokersAdmin,
    private readonly keys: Pick<Keys, 'transport' | 'certificate'>,
    private readonly timing: BrokersTiming = TIMING,
    private readonly addressOf: (broker: Address & { readonly id: number }) => BrokerAddress = brokerAddress,
    now: () => number = () => performance.now(),
  ) {
    this.truth = new Truth(admin, settings.metadata, timing.question);
    this.topics = new TopicSettingsCache(admin, timing.seldom, now);
    this.certificates = new Certificates({ probe: timing.probe }, now);
    this.dirs = new NowAndThen(timing.seldom, now);
    this.throttles = new NowAndThen(timing.seldom, now);
    this.features = new NowAndThen(timing.seldom, now);
    this.registrations = new NowAndThen(timing.seldom, now);
    this.strangers = new NowAndThen(SWEEP * timing.seldom, now);
  }

  /** Asks everybody. What changes slowly is asked for now and then; nothing here rejects because one server is down. */
  async look(): Promise<BrokersObserved> {
    const { settings, keys } = this;
    const wanted = new Map(settings.brokers.map((broker) => [broker.id, this.addressOf(broker)]));
    const [heard, quorum] = await Promise.all([this.hear(wanted), this.truth.quorum()]);
    const open = [...heard].flatMap(([id, { state }]) => (state === 'open' ? id : []));
    const { state, moving, unknown } = await this.tell(open, quorum);
    // A broker that is in no manifest any more is asked where the metadata has it.
    const strangers = (state?.brokers ?? []).filter(({ id }) => !wanted.has(id));
    const more = await this.hear(new Map(strangers.map((node) => [node.id, this.addressOf(node)])));
    for (const [id, each] of more) heard.set(id, each);
    const unfenced = state && new Set(state.brokers.map(({ id }) => id));
    this.serving = [...heard].flatMap(([id, each]) => (each.state === 'open' && unfenced?.has(id) ? id : []));
    const [logDirs, registered, throttles, features, stale] = await Promise.all([
      this.logDirs(),
      this.registered(unfenced, quorum),
      this.throttles.get(() => throttledBrokers(this.admin, this.serving)),
      settings.metadataVersion && state && this.features.get(() => this.admin.features()),
      this.certificates.stale(
        new Map([...wanted].flatMap(([id, { server }]) => (open.includes(id) ? [[id, server]] : []))),
        keys.certificate(),
        keys.transport().tls,
      ),
    ]);
    if (state) this.partitions = partitionsOf(state, this.topicSettings, moving, sizesOf(logDirs));
    const ids = [...new Set([...wanted.keys(), ...heard.keys(), ...registered])].sort((a, b) => a - b);
    const brokers = ids.map((id): [number, ObservedBroker] => {
      const server = serverOf(heard.get(id), unfenced?.has(id));
      return [
        id,
        { id, server, registered: registered.has(id), failedDirectories: failedIn(logDirs.get(id)) },
      ];
    });
    const lists = [...this.topicSettings.values()].some(
      (each) => each.throttled.leaders || each.throttled.followers,
    );
    return {
      known: state !== undefined,
      unknown,
      brokers: new Map(brokers),
      partitions: state ? this.partitions : [],
      activeController:
        settings.metadata === 'zookeeper'
          ? state?.controllerId
          : settings.combined
            ? quorum?.leaderId
            : undefined,
      quorum: settings.combined && quorum ? votesOf(quorum) : undefined,
      throttled: lists || (throttles ?? []).length > 0,
      upgrade: upgradeDue(settings.metadataVersion, features),
      staleCertificates: stale,
      metadataQuorum: quorum,
      logDirs,
    };
  }

  /** Moves partitions, with the throttle set before on all brokers concerned that serve. */
  async reassign(moves: readonly Move[]): Promise<void> {
    const { partitions, serving, admin, settings } = this;
    const among = involved(moves, partitions);
    const brokers = serving.filter((id) => among.has(id));
    const lists = throttled(moves, partitions);
    this.throttles.set(brokers);
    this.topics.forget();
    await beginMoves(
      admin,
      moves,
      { rate: settings.reassignment.throttle, brokers, lists },
      this.topicSettings,
    );
  }

  /** Takes the throttle off every topic and every broker that has one. */
  async unthrottle(): Promise<void> {
    this.throttles.set();
    this.topics.forget();
    await endMoves(this.admin, this.serving, this.topicSettings);
  }

  /**
   * Lets a broker read its keys again. It does so whenever one of its own settings is changed, and to remove one that it
   * does not have is such a change: nothing stays behind that would count more than server.properties.
   */
  async reloadCertificate(id: number): Promise<void> {
    await this.admin.alterConfigs({ type: 'broker', name: String(id) }, [[UNSET, undefined]]);
    this.certificates.forget(id);
  }

  /** Lets the cluster forget a broker that has left; that it has done so is as good. */
  async unregister(id: number): Promise<void> {
    this.registrations.set();
    await this.admin.unregisterBroker(id).catch((error) => {
      if (!(error instanceof KafkaError) || error.code !== 'BROKER_ID_NOT_REGISTERED') throw error;
    });
  }

  /** Raises a feature, which the controllers refuse as long as a registered server does not have it. */
  async upgrade(feature: string, level: number): Promise<void> {
    this.features.set();
    await this.admin.updateFeature(feature, level);
  }

  private async hear(addresses: ReadonlyMap<number, BrokerAddress>): Promise<Map<number, Heard>> {
    const heard = [...addresses].map(
      async ([id, address]): Promise<[number, Heard]> => [id, await hear(id, address, this.timing.probe)],
    );
    return new Map(await Promise.all(heard));
  }

  /** The metadata; without the settings of all topics nothing could be decided from it. */
  private async tell(open: readonly number[], quorum: QuorumState | undefined): Promise<Told> {
    const told = await this.truth.tell(open, quorum);
    if (!told.state) return told;
    try {
      const topics = told.state.topics.map(({ name }) => name);
      this.topicSettings = await within(this.timing.question, this.topics.of(topics));
      return told;
    } catch (error) {
      return { moving: [], unknown: `settings of topics: ${(error as Error).message}` };
    }
  }

  /** Of the brokers that serve; what one does not tell in time is not known until the next round. */
  private async logDirs(): Promise<ReadonlyMap<number, readonly LogDir[]>> {
    const found = await this.dirs.get(async () => {
      const told = this.serving.map(async (id) => {
        const dirs = await within(this.timing.question, this.admin.logDirs(id)).catch(() => undefined);
        return dirs ? [[id, dirs] as const] : [];
      });
      return new Map((await Promise.all(told)).flat());
    });
    return new Map([...(found ?? [])].filter(([id]) => this.serving.includes(id)));
  }

  /** Brokers that the cluster knows. Those that do not serve the controllers alone can tell, in every version. */
  private async registered(
    unfenced: ReadonlySet<number> | undefined,
    quorum: QuorumState | undefined,
  ): Promise<ReadonlySet<number>> {
    const { settings, admin } = this;
    if (settings.metadata === 'zookeeper') return unfenced ?? new Set();
    const wanted = settings.brokers.map(({ id }) => id);
    const strangers = (quorum && (await this.strangers.get(() => admin.registered(BROKER_IDS)))) ?? [];
    const fenced = [...new Set([...wanted, ...strangers])].filter((id) => !unfenced?.has(id));
    if (fenced.some((id) => !this.askedFor.includes(id))) this.registrations.set();
    this.askedFor = fenced;
    const found = quorum && (await this.registrations.get(async () => new Set(await this.known(fenced))));
    // To have the cluster forget one that it does not know does no harm; not to might leave it there for ever.
    return new Set([...(unfenced ?? []), ...(found ?? wanted)]);
  }

  private async known(ids: readonly number[]): Promise<readonly number[]> {
    return ids.length > 0 ? this.admin.registered(ids) : [];
  }
}
