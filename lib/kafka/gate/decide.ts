import { brokerMayStart } from './decide-broker';
import { rightToForm } from './decide-controller';
import type { StartFacts } from './facts';

/** What a gate does next. */
export type StartDecision =
  /** Let the server start on what is there. */
  | { readonly action: 'start'; readonly notes: readonly string[] }
  /** Let it format its empty directories first: as one that forms the quorum, or as one that joins what exists. */
  | { readonly action: 'format'; readonly as: 'founder' | 'joiner'; readonly notes: readonly string[] }
  | { readonly action: 'wait'; readonly reason: string }
  | { readonly action: 'refuse'; readonly reason: string };

/** Decides whether a server may start, and with which directories formatted in which way. */
export function decideStart(facts: StartFacts): StartDecision {
  const { directories, roles, zookeeper } = facts;
  for (const directory of directories) {
    if (directory.state === 'foreign') return { action: 'refuse', reason: directory.reason };
  }
  let as: 'founder' | 'joiner' = 'joiner';
  if (roles.controller && !zookeeper && directories[0].state !== 'data') {
    const right = rightToForm(facts);
    if ('wait' in right) return { action: 'wait', reason: right.wait };
    as = right.as;
  }
  const broker = roles.broker ? brokerMayStart(facts) : { notes: [] };
  if ('wait' in broker) return { action: 'wait', reason: broker.wait };
  if (zookeeper || directories.every(({ state }) => state === 'data')) return { action: 'start', ...broker };
  return { action: 'format', as, ...broker };
}
