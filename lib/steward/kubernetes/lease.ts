import { type Kubernetes, KubernetesError } from './client';
import type { ObjectMeta, OwnerReference } from './objects';

/** Whose lease it is. */
export interface LeaseProps {
  readonly namespace: string;
  readonly name: string;
  /** Of no other process that may run at the same time. One that comes after it with the same need not wait. */
  readonly identity: string;
  /** How long it lasts unless it is renewed. @default 15 */
  readonly durationSeconds?: number;
  readonly labels?: Readonly<Record<string, string>>;
  /** Objects with which it goes, as they are known when it is written. @default - none */
  readonly owners?: () => readonly OwnerReference[];
}

/** What a try came to. */
export type Hold =
  | { readonly held: true }
  | { readonly held: false; readonly holder: string; readonly reason: string };

interface LeaseObject {
  readonly metadata: ObjectMeta;
  readonly spec?: {
    readonly holderIdentity?: string;
    readonly leaseDurationSeconds?: number;
    readonly acquireTime?: string;
    readonly renewTime?: string;
    readonly leaseTransitions?: number;
  };
}

/**
 * A Lease, which one process holds at a time. As in client-go, clocks of two machines are never compared: a lease is over
 * when its record has not changed for its whole duration by the clock of who looks at it. One call at a time.
 */
export class Lease {
  private readonly collection: string;
  private readonly durationMs: number;
  /** The record as it was last seen, and since when it has been so. */
  private seen = { record: '', since: 0 };
  /** When the last renewal that succeeded was sent: nobody can have seen it earlier. */
  private renewed: number | undefined;

  /** `now` is a clock in milliseconds that never jumps. */
  constructor(
    private readonly kubernetes: Pick<Kubernetes, 'get' | 'create' | 'replace'>,
    private readonly props: LeaseProps,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.collection = `/apis/coordination.k8s.io/v1/namespaces/${props.namespace}/leases`;
    this.durationMs = (props.durationSeconds ?? 15) * 1000;
  }

  /** Whether nobody else can take the lease within `marginMs` from now. To be asked before each action. */
  holds(marginMs: number): boolean {
    return this.renewed !== undefined && this.now() + marginMs < this.renewed + this.durationMs;
  }

  /** Creates, renews or takes over the lease. When it rejects, a lease that was held still is until it runs out. */
  async tryHold(): Promise<Hold> {
    const { identity, name, labels, owners } = this.props;
    const lease = await this.read();
    const holder = lease?.spec?.holderIdentity ?? '';
    const left = this.left(lease?.spec);
    if (holder !== identity && left > 0) {
      this.renewed = undefined;
      const reason = `${holder} holds the lease, for ${Math.ceil(left / 1000)} s unless it is renewed`;
      return { held: false, holder, reason };
    }
    const sent = this.now();
    const taken = {
      acquireTime: microTime(),
      leaseTransitions: lease ? (lease.spec?.leaseTransitions ?? 0) + 1 : 0,
    };
    const written = await this.write(lease, {
      metadata: {
        name,
        ...lease?.metadata,
        labels: { ...lease?.metadata.labels, ...labels },
        ownerReferences: owners?.() ?? lease?.metadata.ownerReferences,
      },
      spec: {
        ...lease?.spec,
        ...(holder !== identity && taken),
        holderIdentity: identity,
        leaseDurationSeconds: this.durationMs / 1000,
        renewTime: microTime(),
      },
    });
    this.renewed = written ? sent : undefined;
    if (written) return { held: true };
    return { held: false, holder, reason: 'somebody else changed the lease at the same time' };
  }

  /** Lets others have the lease at once, if it is held. */
  async release(): Promise<void> {
    this.renewed = undefined;
    const lease = await this.read();
    if (lease?.spec?.holderIdentity !== this.props.identity) return;
    await this.write(lease, {
      ...lease,
      spec: { ...lease.spec, holderIdentity: '', renewTime: microTime() },
    });
  }

  private read(): Promise<LeaseObject | undefined> {
    return this.kubernetes.get(`${this.collection}/${this.props.name}`);
  }

  /** For how long the record that was just read keeps others out. */
  private left(spec: LeaseObject['spec'] = {}): number {
    const record = JSON.stringify(spec);
    if (record !== this.seen.record) this.seen = { record, since: this.now() };
    if (!spec.holderIdentity) return 0;
    const durationMs = spec.leaseDurationSeconds ? spec.leaseDurationSeconds * 1000 : this.durationMs;
    return this.seen.since + durationMs - this.now();
  }

  /** False when somebody was faster: the version that was read goes along with what replaces it. */
  private async write(before: LeaseObject | undefined, after: LeaseObject): Promise<boolean> {
    const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', ...after };
    try {
      if (before) await this.kubernetes.replace(`${this.collection}/${this.props.name}`, lease);
      else await this.kubernetes.create(this.collection, lease);
      return true;
    } catch (error) {
      if (error instanceof KubernetesError && error.status === 409) return false;
      throw error;
    }
  }
}

/** Now, as the API writes it: with six digits after the second. */
function microTime(): string {
  return new Date().toISOString().replace('Z', '000Z');
}
