import type { Charge } from '../../steward/charge';
import type { Cluster } from '../../steward/cluster';
import { FormedMark } from '../../steward/formed-mark';
import { factsOf, idsOf, type Objects } from '../../steward/gather';
import { EVENTS, memberSamples, QuorumCharge } from '../../steward/quorum-charge';
import type { Status } from '../../steward/status';
import type { BrokersObserved, KafkaBrokers } from './brokers';
import type { KafkaControllers } from './controllers';
import type { BrokerFacts, KafkaFacts } from './facts';
import type { GroupLags } from './group-lags';
import { brokerFacts } from './kafka-facts';
import { kafkaMetrics } from './kafka-metrics';
import { BROKER_EVENTS, type KafkaStep, kafkaSentence, kafkaStatus } from './kafka-status';
import type { Keys } from './keys';
import { nextKafkaStep } from './next-kafka-step';
import type { Provisioned, Provisioner } from './provision';
import type { KafkaStewardSettings } from './settings';

const RELOAD_PAUSE_MS = 60_000;

/** What a Kafka cluster is looked after with. */
export interface KafkaParts {
  readonly settings: KafkaStewardSettings;
  readonly cluster: Pick<Cluster, 'objects' | 'scale' | 'evict' | 'keepFormed' | 'keysSince'>;
  readonly keys: Pick<Keys, 'certificates'>;
  /** Of controllers that are servers of their own. */
  readonly controllers?: KafkaControllers;
  readonly brokers: KafkaBrokers;
  readonly provisioner: Pick<Provisioner, 'look' | 'provision'>;
  readonly lags: GroupLags;
}

/** A Kafka cluster: its controllers, which vote, and its brokers, each in a StatefulSet of its own. */
export class KafkaCharge implements Charge<KafkaFacts, KafkaStep> {
  private readonly quorum: QuorumCharge | undefined;
  private observed: BrokersObserved | undefined;
  private readonly mark: FormedMark;
  private reloadFailed: { readonly at: number; readonly why: string } | undefined;

  constructor(private readonly parts: KafkaParts) {
    const { settings, cluster, controllers } = parts;
    this.quorum = controllers && new QuorumCharge(settings, cluster, controllers);
    this.mark = new FormedMark(cluster, settings.data);
  }

  async gather(fresh: boolean): Promise<KafkaFacts> {
    const { settings, cluster, keys, controllers, brokers } = this.parts;
    const objects = await cluster.objects(fresh);
    const [quorum, observed, since] = await Promise.all([
      controllers?.look(idsOf(objects, settings)),
      brokers.look(),
      cluster.keysSince(keys.certificates()),
    ]);
    this.observed = observed;
    const now = Date.now();
    return {
      controllers: quorum && factsOf(objects, quorum, settings, since, now),
      brokers: await this.brokerFacts(objects, observed, since, now),
    };
  }

  decide(facts: KafkaFacts): KafkaStep {
    return nextKafkaStep(facts);
  }

  async carryOut(facts: KafkaFacts, step: KafkaStep, mayGoOn: () => void): Promise<void> {
    const { brokers, cluster, provisioner } = this.parts;
    switch (step.step) {
      case 'restart-broker': {
        const pod = facts.brokers.brokers.find(({ id }) => id === step.id)?.pod;
        return pod && cluster.evict(pod.name, step.uid);
      }
      case 'scale-broker':
        return cluster.scale(this.setOf(step.id), step.replicas);
      case 'reassign':
        return brokers.reassign(step.moves);
      case 'unthrottle':
        return brokers.unthrottle();
      case 'unregister':
        return brokers.unregister(step.id);
      case 'reload-certificate':
        return this.reload(step.id);
      case 'upgrade':
        return brokers.upgrade(step.feature, step.level);
      case 'provision':
        return provisioner.provision();
      case 'mark-formed':
        return cluster.keepFormed();
      case 'wait':
      case 'rest':
        return;
      default:
        if (this.quorum && facts.controllers) await this.quorum.carryOut(facts.controllers, step, mayGoOn);
    }
  }

  rest(): Promise<void> {
    return this.mark.keep();
  }

  sentence(step: KafkaStep): string {
    return kafkaSentence(step);
  }

  reason(step: KafkaStep): string {
    return { ...EVENTS, ...BROKER_EVENTS }[step.step];
  }

  status(facts: KafkaFacts, step: KafkaStep): Status {
    return kafkaStatus(facts, step);
  }

  samples({ controllers, brokers }: KafkaFacts): string {
    const { settings, lags } = this.parts;
    const { metadataQuorum, logDirs = new Map() } = this.observed ?? {};
    const quorum = settings.metadata === 'zookeeper' ? undefined : (metadataQuorum ?? 'unknown');
    return [
      controllers ? memberSamples(settings.cluster, controllers) : '',
      kafkaMetrics(settings.cluster, { brokers, quorum, logDirs, lags: lags.latest }),
    ].join('');
  }

  private async brokerFacts(
    objects: Objects,
    observed: BrokersObserved,
    since: Date | undefined,
    now: number,
  ): Promise<BrokerFacts> {
    const { provisioner, settings } = this.parts;
    // Without brokers nothing can be asked, and nothing is known to be missing.
    const provisioned: Provisioned = observed.known
      ? await provisioner.look()
      : { notes: [], factors: new Map() };
    const failed = this.reloadFailed;
    const recent = failed && performance.now() - failed.at < RELOAD_PAUSE_MS ? failed.why : undefined;
    return { ...brokerFacts(objects, observed, provisioned, settings, since, now), reloadFailed: recent };
  }

  /** A broker that refuses its new certificate must not hold up everything else. */
  private async reload(id: number): Promise<void> {
    try {
      await this.parts.brokers.reloadCertificate(id);
      this.reloadFailed = undefined;
    } catch (error) {
      this.reloadFailed = { at: performance.now(), why: (error as Error).message };
      throw error;
    }
  }

  private setOf(id: number): string {
    const broker = this.parts.settings.brokers.find((each) => each.id === id);
    if (!broker) throw new Error(`broker ${id} is in no manifest`);
    return broker.set;
  }
}
