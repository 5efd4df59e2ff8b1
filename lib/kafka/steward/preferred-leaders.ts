import { evenOut, type Item } from './even-out';
import type { Fleet } from './fleet';

/** Replicas of a partition whose first one, the preferred leader, may be chosen. */
export interface Election {
  readonly topic: string;
  /** Changed: the chosen one changes places with the first. */
  readonly replicas: number[];
  /** Which of them are chosen first. */
  readonly favourites: readonly number[];
}

interface Vote extends Item {
  readonly election: Election;
  readonly candidates: readonly number[];
}

/**
 * Chooses preferred leaders so that brokers have as equal numbers of them as possible.
 *
 * @param leaders of each broker, without those of the elections
 */
export function elect(fleet: Fleet, leaders: readonly number[], elections: readonly Election[]): void {
  const loads = [...leaders];
  const topics = new Map<string, number>();
  const votes: Vote[] = [];
  for (const election of elections) {
    const candidates = fleet.members(election.replicas);
    const home = fleet.members(election.favourites);
    if (candidates.length === 0) continue;
    const [first] = home.length > 0 ? home : candidates;
    const { topic } = election;
    if (!topics.has(topic)) topics.set(topic, topics.size);
    votes.push({ at: [first], home, group: topics.get(topic)!, election, candidates });
    loads[first]++;
  }
  evenOut({ loads, items: votes, may: ({ candidates }, _, to) => candidates.includes(to) });
  for (const { at, election } of votes) {
    const { replicas } = election;
    const index = replicas.indexOf(fleet.ids[at[0]]);
    [replicas[0], replicas[index]] = [replicas[index], replicas[0]];
  }
}
