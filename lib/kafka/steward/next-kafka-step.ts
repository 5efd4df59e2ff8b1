import { nextStep } from '../../steward/next-step';
import { describeAll, stuck } from './broker-advice';
import type { BrokerFacts, KafkaFacts } from './facts';
import type { KafkaStep } from './kafka-status';
import { harmlessBrokerStep, nextBrokerStep } from './next-broker-step';

/**
 * Decides the one thing that is safe to do next for a Kafka cluster, or why nothing is. Controllers come first: brokers
 * need their quorum, and a release must run on them before it runs on brokers. While controllers wait, brokers get only
 * what risks nothing.
 */
export function nextKafkaStep({ controllers, brokers }: KafkaFacts): KafkaStep {
  if (!controllers) return form(brokers) ?? nextBrokerStep(brokers);
  const step = nextStep(controllers);
  if (step.step === 'rest') return nextBrokerStep(brokers);
  if (step.step === 'mark-formed' && !brokers.brokers.some(({ server }) => server.state === 'serving')) {
    // An empty broker of a formed cluster asks the others what it held, and here nobody could tell.
    const why = `the quorum serves, and is marked as formed once a broker does: ${describeAll(brokers.brokers)}`;
    return harmlessBrokerStep(brokers, true) ?? stuck(brokers, 'Forming', 'founders', why, brokers.brokers);
  }
  if (step.step !== 'wait') return step;
  return harmlessBrokerStep(brokers, controllers.quorum) ?? step;
}

/** Brokers that are the controllers, too, are marked as formed once all voters hold the metadata. */
function form(facts: BrokerFacts): KafkaStep | undefined {
  const { formed, quorum, known, unapplied, brokers } = facts;
  if (formed !== false || !quorum || !known || unapplied) return undefined;
  const late = quorum.voters.filter((id) => !quorum.caughtUp.includes(id));
  if (quorum.voters.length > 0 && late.length === 0) {
    return { phase: 'Forming', step: 'mark-formed', why: 'all voters serve and hold the metadata' };
  }
  const founders = brokers.filter(({ id }) => late.includes(id));
  const why = `the cluster forms once all voters hold the metadata: ${describeAll(founders)}`;
  return harmlessBrokerStep(facts, true) ?? stuck(facts, 'Forming', 'founders', why, founders);
}
