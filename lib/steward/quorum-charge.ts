import type { QuorumSystem } from './adapter';
import type { Backups } from './backups';
import type { Charge } from './charge';
import type { Cluster } from './cluster';
import { family, type Sample } from './exposition';
import type { Facts, Member, Step } from './facts';
import { FormedMark } from './formed-mark';
import { factsOf, idsOf } from './gather';
import { nextStep } from './next-step';
import type { StewardSettings } from './settings';
import { type Status, sentence, statusOf } from './status';

/** What is done to the objects of a cluster whose members vote. */
export type QuorumObjects = Pick<Cluster, 'objects' | 'scale' | 'evict' | 'keepFormed' | 'keysSince'>;

/** A cluster whose members vote, in a StatefulSet. */
export class QuorumCharge implements Charge<Facts, Step> {
  private readonly mark: FormedMark;

  constructor(
    private readonly settings: StewardSettings,
    private readonly cluster: QuorumObjects,
    private readonly system: QuorumSystem,
    private readonly backups?: Backups,
  ) {
    this.mark = new FormedMark(cluster, settings.data);
  }

  async gather(fresh: boolean): Promise<Facts> {
    const { cluster, settings, system } = this;
    const [objects] = await Promise.all([cluster.objects(fresh), this.backups?.look()]);
    const [observed, since] = await Promise.all([
      system.look(idsOf(objects, settings)),
      cluster.keysSince(system.readAtStart?.() ?? []),
    ]);
    return factsOf(objects, observed, settings, since, Date.now(), system.invites);
  }

  decide(facts: Facts): Step {
    return nextStep(facts);
  }

  async carryOut(facts: Facts, step: Step, mayGoOn: () => void): Promise<void> {
    const { cluster, settings, system } = this;
    switch (step.step) {
      case 'scale':
        if (step.replicas < facts.replicas) {
          await system.spread();
          // That may have taken long, and Kubernetes asks for no condition here.
          mayGoOn();
        }
        return cluster.scale(settings.sets[0], step.replicas);
      case 'mark-formed':
        return cluster.keepFormed();
      case 'provision':
        return system.provision();
      case 'restart': {
        const member = facts.members.find(({ id }) => id === step.id);
        if (member?.server.state === 'serving' && member.server.role === 'leader') {
          await system.handOver?.(step.id);
          mayGoOn();
        }
        return member?.pod && cluster.evict(member.pod.name, step.uid);
      }
      case 'maintain':
        return system.maintain?.();
      case 'admit':
        return system.admit(step.id, step.as);
      case 'dismiss':
        return system.dismiss(step.id);
    }
  }

  rest(): Promise<void> {
    return this.mark.keep();
  }

  sentence(step: Step): string {
    return sentence(step);
  }

  reason(step: Step): string {
    return EVENTS[step.step];
  }

  status(facts: Facts, step: Step): Status {
    return statusOf(facts, step);
  }

  samples(facts: Facts): string {
    const { cluster } = this.settings;
    const own = this.system.samples?.(cluster) ?? '';
    return memberSamples(cluster, facts) + own + (this.backups?.samples(cluster) ?? '');
  }
}

/** Reasons of the Events that tell of a step. */
export const EVENTS: Record<Step['step'], string> = {
  scale: 'Scaled',
  'mark-formed': 'Formed',
  provision: 'Provisioned',
  maintain: 'Maintained',
  restart: 'Restarted',
  admit: 'Admitted',
  dismiss: 'Dismissed',
  wait: 'Waiting',
  rest: 'Settled',
};

const ROLES = ['leader', 'follower', 'observer', 'gate', 'waiting', 'silent'] as const;

/** What Prometheus is told of members that vote. */
export function memberSamples(cluster: string, { members }: Facts): string {
  const gauge = (name: string, help: string, samples: readonly Sample[]) =>
    family(`cdk8s_stateful_steward_${name}`, 'gauge', help, { cluster }, samples);
  const role = ({ server }: Member) => (server.state === 'serving' ? server.role : server.state);
  return [
    gauge(
      'members',
      'Members by what their servers say.',
      ROLES.map((each) => [{ role: each }, members.filter((member) => role(member) === each).length]),
    ),
    gauge('members_wanted', 'Members that should exist.', [
      [{}, members.filter(({ wanted }) => wanted).length],
    ]),
    gauge('members_outdated', 'Members that have yet to be restarted.', [
      [{}, members.filter(({ wanted, pod }) => wanted && pod?.outdated).length],
    ]),
  ].join('');
}
