import { within } from '../../steward/within';
import type { Admin, ClusterState, QuorumState, ReassignmentState } from '../wire/types';
import { believable } from './observe';
import type { KafkaStewardSettings } from './settings';

/** The metadata, as far as it can be believed. */
export interface Told {
  readonly state?: ClusterState;
  /** Partitions that are being moved. */
  readonly moving: readonly ReassignmentState[];
  /** Why there is no metadata to be believed. */
  readonly unknown?: string;
}

/** How many brokers are asked, one after the other, when one does not answer. */
const ASKED = 2;

/**
 * Who is believed. What a restart is decided on comes from one broker that the leader of the quorum has just seen fetching
 * everything: a majority stands behind that leader, so that this tells more than two brokers who agree, and may have lost
 * the controllers together. With metadata in ZooKeeper it comes from the broker that is the controller by its own word, too.
 */
export class Truth {
  private asking: Promise<QuorumState> | undefined;
  /** The broker that was asked last. */
  private source: number | undefined;

  constructor(
    private readonly admin: Pick<Admin, 'describe' | 'describeQuorum' | 'reassignments'>,
    private readonly metadata: KafkaStewardSettings['metadata'],
    /** For each question, in milliseconds. */
    private readonly timeoutMs: number,
  ) {}

  /** The quorum by the word of its leader; undefined: there is none, or it does not answer. */
  async quorum(): Promise<QuorumState | undefined> {
    if (this.metadata === 'zookeeper') return undefined;
    // One that takes longer is not asked again before it has answered.
    this.asking ??= this.admin
      .describeQuorum('controllers')
      .catch(() => this.admin.describeQuorum('brokers'))
      .finally(() => {
        this.asking = undefined;
      });
    const quorum = await within(this.timeoutMs, this.asking).catch(() => undefined);
    return quorum && quorum.leaderId >= 0 && quorum.highWatermark >= 0 ? quorum : undefined;
  }

  /** The metadata, from one of these brokers, which listen. */
  async tell(open: readonly number[], quorum: QuorumState | undefined): Promise<Told> {
    try {
      if (open.length === 0) throw new Error('no broker listens');
      if (!quorum && this.metadata === 'kraft') throw new Error('no controller leads, or none answers');
      // Asked before the metadata: a move that ends in between is then seen once more, and none is overlooked.
      const moving = await within(this.timeoutMs, this.admin.reassignments());
      const state = await (quorum ? this.fromBroker(open, quorum) : this.fromController());
      return { state, moving };
    } catch (error) {
      return { moving: [], unknown: (error as Error).message };
    }
  }

  private async fromBroker(open: readonly number[], quorum: QuorumState): Promise<ClusterState> {
    const candidates = believable(quorum, open, this.source).slice(0, ASKED);
    let reason: unknown = new Error('no broker that listens follows the controllers');
    for (const id of candidates) {
      try {
        const state = await within(this.timeoutMs, this.admin.describe(id));
        this.source = id;
        return state;
      } catch (error) {
        reason = error;
      }
    }
    throw reason;
  }

  private async fromController(): Promise<ClusterState> {
    const { controllerId } = await within(this.timeoutMs, this.admin.describe());
    if (controllerId < 0) throw new Error('no broker is the controller');
    const state = await within(this.timeoutMs, this.admin.describe(controllerId));
    if (state.controllerId !== controllerId) throw new Error('the controller changes');
    return state;
  }
}
