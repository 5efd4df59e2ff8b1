import { ZooKeeperError } from './errors';
import type { JuteReader } from './jute';

/** A request that waits for its reply; `what` names it in errors. */
export interface Pending {
  readonly xid: number;
  readonly what: string;
  readonly resolve: (body: JuteReader) => void;
  readonly reject: (error: ZooKeeperError) => void;
}

/** The requests of a connection that wait for their replies, each with a deadline. */
export class PendingRequests {
  private readonly waiting: (Pending & { readonly timer: NodeJS.Timeout })[] = [];

  add(request: Pending, timeoutMs: number, onDeadline: () => void): void {
    this.waiting.push({ ...request, timer: setTimeout(onDeadline, timeoutMs) });
  }

  /** Takes out the oldest with this id. Replies come in order, except those to authentication, which overtake. */
  take(xid: number): Pending | undefined {
    const index = this.waiting.findIndex((request) => request.xid === xid);
    if (index < 0) return undefined;
    const [request] = this.waiting.splice(index, 1);
    clearTimeout(request.timer);
    return request;
  }

  /** Rejects all of them with ConnectionLoss, whatever the reason: none of them is known to be applied or not. */
  rejectAll(reason: ZooKeeperError): void {
    for (const { what, timer, reject } of this.waiting.splice(0)) {
      clearTimeout(timer);
      reject(new ZooKeeperError('ConnectionLoss', `${what}: ${reason.message}`, { cause: reason }));
    }
  }
}
