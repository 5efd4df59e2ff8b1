import type { Manifest } from '../harness/cluster';
import { Subject } from '../harness/subject';
import type { PodWitness } from '../witness/pod';
import type { Numbers } from '../witness/witness';

/** The cluster of a case whose members vote, in one StatefulSet of its name. */
export abstract class QuorumSubject extends Subject {
  abstract readonly witness: PodWitness;
  /** Name of the container with the server. */
  abstract readonly container: string;
  /** Name of the pod with the lowest number. */
  abstract readonly first: string;

  /** Applies it again, as it was applied last. */
  abstract apply(): Promise<Manifest[]>;
  /** Applies it with another number of voters. */
  abstract resize(voters: number): Promise<unknown>;
  /** Waits until it is what was applied last: by the steward's word, and by the look of its members. */
  abstract settled(deadlineSeconds?: number): Promise<void>;
  /** Names of the pods that have a place in the membership, by the members' own word; undefined: nobody says. */
  abstract listed(): Promise<readonly string[] | undefined>;
  /** Name of the pod that leads, and of those that follow. */
  abstract leader(): Promise<string>;
  abstract followers(): Promise<string[]>;

  /** Fails unless the first `voters` members, and nobody else, have a place in the membership. */
  async expectListed(voters: number): Promise<void> {
    const start = Number(this.first.slice(this.name.length + 1));
    const wanted = Array.from({ length: voters }, (_, index) => `${this.name}-${start + index}`);
    const listed = (await this.listed()) ?? ['nobody knows'];
    if ([...listed].sort().join() !== wanted.join())
      await this.run.fail(`the members are ${listed.join(', ')}, not ${wanted.join(', ')}`);
  }

  /** Waits until it works again and lets the witness read everything back. */
  async finish(deadlineSeconds?: number): Promise<Numbers> {
    await this.settled(deadlineSeconds);
    await this.witness.writesAgain(30);
    return this.witness.stop();
  }
}
