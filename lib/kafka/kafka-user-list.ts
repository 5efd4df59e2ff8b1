import type { INetworkPolicyPeer } from 'cdk8s-plus-27';
import { contentHash } from '../core/content-hash';
import { Credentials } from '../core/credentials';
import type { KafkaGrantOptions } from './kafka-connection';
import type { KafkaQuotas, KafkaUser } from './kafka-props';
import type { DeclaredUser, KafkaRights } from './kafka-users';

type Mechanism = DeclaredUser['scram'];

interface Entry {
  readonly user: KafkaUser;
  /** Rights, those of the declaration first. */
  readonly rights: KafkaRights[];
  quotas?: KafkaQuotas;
  scram: Mechanism;
  /** Whether a grant has said how the user logs in. */
  granted: boolean;
  /** The consumer who was the first to be this user, and whether it was asked for by name. */
  owner?: { readonly peer: INetworkPolicyPeer; readonly named: boolean };
}

/** Users of a cluster: those that are declared, and those that grants add or add to. */
export class KafkaUserList {
  private readonly entries = new Map<string, Entry>();

  constructor(users: Readonly<Record<string, KafkaUser>>, scram: Mechanism) {
    for (const [name, user] of Object.entries(users)) {
      this.entries.set(name, { user, rights: [user], quotas: user.quotas, scram, granted: false });
    }
  }

  /** Adds what a consumer is granted; gives what speaks against it. */
  grant(name: string, peer: INetworkPolicyPeer, options: KafkaGrantOptions, mechanism: Mechanism): string[] {
    const found = this.entries.get(name);
    const entry = found ?? { user: {}, rights: [], scram: mechanism, granted: false };
    this.entries.set(name, entry);
    const problems: string[] = [];
    const named = options.user !== undefined;
    const { owner } = entry;
    if (owner && owner.peer !== peer && !(owner.named && named)) {
      problems.push(
        `user "${name}": ${owner.peer.node.path} and ${peer.node.path} would both be this user; give each a user of its own, or user: '${name}' to both`,
      );
    }
    entry.owner ??= { peer, named };
    if (entry.user.delete)
      problems.push(`user "${name}": it is granted access and is to be deleted; leave one of them out`);
    if (options.quotas && entry.quotas && contentHash(options.quotas) !== contentHash(entry.quotas))
      problems.push(`user "${name}": its quotas are given twice and differ; give them once`);
    entry.quotas ??= options.quotas;
    if (mechanism) {
      if (entry.granted && entry.scram && entry.scram !== mechanism) {
        problems.push(
          `user "${name}": listeners take its password by ${entry.scram} and by ${mechanism}, and one is kept; give the listeners one mechanism, or each a user of its own`,
        );
      }
      entry.scram = mechanism;
      entry.granted = true;
    }
    entry.rights.push(options);
    return problems;
  }

  /** Credentials that were declared; else they are made up. */
  credentials(name: string): Credentials {
    return this.entries.get(name)?.user.credentials ?? Credentials.generated();
  }

  /** All users, each once. */
  all(): DeclaredUser[] {
    return [...this.entries].map(([name, { user, rights, quotas, scram }]) => ({
      name,
      scram,
      quotas,
      delete: user.delete,
      produce: rights.flatMap(({ produce = [] }) => produce),
      consume: rights.flatMap(({ consume = [] }) => consume),
      groups: rights.flatMap(({ consume, groups }) => groups ?? (consume?.length ? [`${name}*`] : [])),
      transactionalIds: rights.flatMap(({ transactionalIds = [] }) => transactionalIds),
      acls: rights.flatMap(({ acls = [] }) => acls),
    }));
  }
}
