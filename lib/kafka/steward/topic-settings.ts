import { type Admin, type ConfigEntry, KafkaError } from '../wire/types';

/** Replicas of a topic that a throttle applies to, as `partition:broker,...`. */
export const THROTTLED_LEADERS = 'leader.replication.throttled.replicas';
export const THROTTLED_FOLLOWERS = 'follower.replication.throttled.replicas';

const MIN_IN_SYNC = 'min.insync.replicas';
const NAMES = [MIN_IN_SYNC, THROTTLED_LEADERS, THROTTLED_FOLLOWERS];

/** Topics that are asked for at once. */
const AT_ONCE = 200;
const EVERY_MS = 15_000;

/** What the steward must know of a topic's settings. */
export interface TopicSettings {
  readonly minInSync: number;
  /** Replicas that a throttle of the topic applies to; empty: it has none. */
  readonly throttled: { readonly leaders: string; readonly followers: string };
}

/** Settings of topics, which are asked for now and then only, and when a topic is new. */
export class TopicSettingsCache {
  private known = new Map<string, TopicSettings>();
  private at = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly admin: Pick<Admin, 'describeConfigs'>,
    private readonly everyMs: number = EVERY_MS,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Settings of these topics. One that is gone meanwhile has none. */
  async of(topics: readonly string[]): Promise<ReadonlyMap<string, TopicSettings>> {
    const now = this.now();
    if (now - this.at >= this.everyMs) {
      this.known = new Map();
      this.at = now;
    }
    const missing = topics.filter((topic) => !this.known.has(topic));
    for (let from = 0; from < missing.length; from += AT_ONCE) {
      await this.ask(missing.slice(from, from + AT_ONCE));
    }
    return this.known;
  }

  /** Asks anew the next time, since settings were changed. */
  forget(): void {
    this.at = Number.NEGATIVE_INFINITY;
  }

  private async ask(topics: readonly string[]): Promise<void> {
    const resources = topics.map((name) => ({ type: 'topic' as const, name }));
    try {
      const found = await this.admin.describeConfigs(resources, NAMES);
      for (const [topic, entries] of found) this.known.set(topic, settingsOf(entries));
    } catch (error) {
      if (!(error instanceof KafkaError) || error.code !== 'UNKNOWN_TOPIC_OR_PARTITION') throw error;
      // One that was deleted meanwhile spoils the answer for the others.
      const half = Math.ceil(topics.length / 2);
      if (topics.length > 1)
        await Promise.all([this.ask(topics.slice(0, half)), this.ask(topics.slice(half))]);
    }
  }
}

function settingsOf(entries: readonly ConfigEntry[]): TopicSettings {
  const text = (name: string) => entries.find((entry) => entry.name === name)?.value ?? '';
  return {
    minInSync: Number(text(MIN_IN_SYNC) || 1),
    throttled: { leaders: text(THROTTLED_LEADERS), followers: text(THROTTLED_FOLLOWERS) },
  };
}
