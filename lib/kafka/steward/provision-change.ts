import type { Acl, Admin, ConfigChange, ConfigResource, NewTopic, ScramMechanism } from '../wire/types';
import { KafkaError } from '../wire/types';

/** Something that is to be done inside a cluster. Each can be done again without harm. */
export type Change =
  | {
      readonly change: 'alter-configs';
      readonly resource: ConfigResource;
      readonly configs: readonly ConfigChange[];
    }
  | { readonly change: 'set-scram'; readonly user: string; readonly mechanism: ScramMechanism }
  | { readonly change: 'delete-scram'; readonly user: string; readonly mechanism: ScramMechanism }
  | { readonly change: 'create-acls'; readonly user: string; readonly acls: readonly Acl[] }
  | { readonly change: 'delete-acls'; readonly user: string; readonly acls: readonly Acl[] }
  | {
      readonly change: 'alter-quota';
      readonly user: string;
      /** undefined removes a limit. */
      readonly limits: Readonly<Record<string, number | undefined>>;
    }
  | { readonly change: 'create-topic'; readonly topic: NewTopic }
  | { readonly change: 'grow-topic'; readonly topic: string; readonly partitions: number }
  | { readonly change: 'delete-topic'; readonly topic: string };

/** What lies between what is declared and what there is. */
export interface Difference {
  /** What can be done now, in order. */
  readonly changes: readonly Change[];
  /** What is not as it should be and cannot be changed now, and why. */
  readonly waits?: readonly string[];
  /** What will stay different from what is declared until people change something, and why. */
  readonly notes?: readonly string[];
}

/** A change in words, without its reason. */
export function inWords(change: Change): string {
  switch (change.change) {
    case 'alter-configs': {
      const whose =
        change.resource.type === 'topic' ? `of the topic ${change.resource.name}` : 'of all brokers';
      return `sets ${change.configs.map(([name]) => name).join(', ')} ${whose}`;
    }
    case 'set-scram':
      return `sets the ${change.mechanism} password of the user ${change.user}`;
    case 'delete-scram':
      return `deletes the ${change.mechanism} password of the user ${change.user}`;
    case 'create-acls':
      return `creates ${count(change.acls.length, 'ACL')} of the user ${change.user}`;
    case 'delete-acls':
      return `deletes ${count(change.acls.length, 'ACL')} of the user ${change.user}`;
    case 'alter-quota':
      return `sets ${Object.keys(change.limits).join(', ')} of the user ${change.user}`;
    case 'create-topic':
      return `creates the topic ${change.topic.name}`;
    case 'grow-topic':
      return `grows the topic ${change.topic} to ${count(change.partitions, 'partition')}`;
    case 'delete-topic':
      return `deletes the topic ${change.topic}`;
  }
}

/** Makes a change. What somebody was quicker to do is no failure: the next look compares it with what is declared. */
export async function carryOut(
  admin: Admin,
  change: Change,
  passwords: ReadonlyMap<string, string>,
): Promise<void> {
  switch (change.change) {
    case 'alter-configs':
      return admin.alterConfigs(change.resource, change.configs);
    case 'set-scram': {
      const password = passwords.get(change.user);
      if (password === undefined) throw new Error('its password is not known any more');
      return admin.setScramUser(change.user, change.mechanism, password);
    }
    case 'delete-scram':
      return unless('RESOURCE_NOT_FOUND', admin.deleteScramUser(change.user, change.mechanism));
    case 'create-acls':
      return admin.createAcls(change.acls);
    case 'delete-acls':
      return admin.deleteAcls(change.acls);
    case 'alter-quota':
      return admin.alterQuota(change.user, change.limits);
    case 'create-topic':
      return unless('TOPIC_ALREADY_EXISTS', admin.createTopics([change.topic]));
    case 'grow-topic':
      return admin.growTopic(change.topic, change.partitions);
    case 'delete-topic':
      return unless('UNKNOWN_TOPIC_OR_PARTITION', admin.deleteTopic(change.topic));
  }
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}

async function unless(code: string, doing: Promise<void>): Promise<void> {
  try {
    await doing;
  } catch (error) {
    if (!(error instanceof KafkaError && error.code === code)) throw error;
  }
}
