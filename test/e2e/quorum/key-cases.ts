import type { Chart } from 'cdk8s';
import type { EnvironmentProps } from '../../../lib';
import { Exchange, exchangeAuthority as exchange } from '../harness/exchange';
import { expireCertificates as expire, OwnKeys } from '../harness/expiry';
import type { Run } from '../harness/run';
import type { Numbers } from '../witness/witness';
import type { QuorumSubject } from './quorum-subject';

/** A cluster whose Secrets the case makes. */
export interface KeyedQuorum {
  /** Renders it with an issuer. */
  readonly issued: (chart: Chart) => void;
  /** Makes the one of the case. */
  readonly make: (run: Run, place: Partial<EnvironmentProps>) => QuorumSubject & { form(): Promise<unknown> };
}

/** The authority is exchanged for another, of clients and of members. */
export async function exchangeAuthority(run: Run, { issued, make }: KeyedQuorum): Promise<Numbers> {
  const keys = await Exchange.prepare(run, issued);
  const subject = make(run, keys.place);
  return exchange(subject, keys, { restarted: subject.members });
}

/** The certificates run out, of clients and of members, and later there are others. */
export async function expireCertificates(run: Run, { issued, make }: KeyedQuorum): Promise<Numbers> {
  const keys = await OwnKeys.prepare(run, issued);
  const subject = make(run, keys.place);
  const victim = async () => (await subject.followers())[0];
  return expire(subject, keys, { minutes: 5, victim });
}
