import type { StewardSettings } from '../../steward/settings';
import type { Wanted } from '../tasks/znodes';

/** What the steward of an ensemble is told. */
export interface ZooKeeperStewardSettings extends StewardSettings {
  /** Full name of a member, with `{id}` for its id. */
  readonly host: string;
  /** Port on which members reach one another's client port. */
  readonly port: number;
  /** Whether that port speaks TLS. */
  readonly tls: boolean;
  readonly quorumPort: number;
  readonly electionPort: number;
  /** Where a member takes plain text clients, which the membership has to say; the host may have an `{id}`, too. */
  readonly client: { readonly host: string; readonly port: number };
  /** What should exist inside the ensemble. */
  readonly wanted: Wanted;
}
