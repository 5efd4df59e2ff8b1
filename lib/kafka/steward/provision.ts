import { few } from '../../steward/words';
import type { Admin, ConfigResource } from '../wire/types';
import { aclDifference } from './provision-acls';
import { type Change, carryOut, type Difference, inWords } from './provision-change';
import { brokerConfigDifference } from './provision-configs';
import type { Passwords } from './provision-passwords';
import { quotaDifference } from './provision-quotas';
import { comparedTopics, topicDifference } from './provision-topics';
import { heldMechanisms, userDifference } from './provision-users';
import type { KafkaStewardSettings } from './settings';

/** What is and is not as declared inside a cluster. */
export interface Provisioned {
  /** What is not yet as it should be, in words; undefined: everything is. */
  readonly missing?: string;
  /** Why nothing of that can be done now: what it waits for, or what failed a moment ago. undefined: `provision` can. */
  readonly blocked?: string;
  /** What will stay different until people change something, and why. */
  readonly notes: readonly string[];
  /** Declared topics whose partitions have more or fewer replicas than declared, with the number that is declared. */
  readonly factors: ReadonlyMap<string, number>;
}

/** Times of a provisioner, in milliseconds. */
export interface ProvisionTiming {
  /** How old a look may be, once everything is as declared. */
  readonly settled: number;
  /** How old a look may be while something is not. */
  readonly missing: number;
  /** How long a change is not tried again after it failed, or was made and cannot be seen. */
  readonly pause: number;
  /** How long changes are made at one go, so that the loop goes on. */
  readonly budget: number;
}

const TIMING: ProvisionTiming = { settled: 15_000, missing: 3_000, pause: 20_000, budget: 3_000 };
/** How many things are named in a sentence. */
const NAMED = 5;

/** What the provisioner is told. */
export type ProvisionSettings = Pick<KafkaStewardSettings, 'dynamicConfiguration' | 'wanted' | 'scram'>;

/** Everything between what is declared and what there is. */
interface Whole extends Required<Difference> {
  readonly factors: ReadonlyMap<string, number>;
}

type Part = Difference & Partial<Pick<Whole, 'factors'>>;

/** Brings about inside a cluster what is declared: settings of all brokers, users, ACLs, quotas, topics. */
export class Provisioner {
  private last: { readonly whole: Whole; readonly at: number } | undefined;
  /** Changes that were tried, by their words: when, and why that was not enough. */
  private readonly tried = new Map<string, { readonly at: number; readonly reason: string }>();

  constructor(
    private readonly admin: Admin,
    private readonly settings: ProvisionSettings,
    private readonly passwords: Passwords,
    private readonly timing: ProvisionTiming = TIMING,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** What is missing; asks the cluster now and then only. */
  async look(): Promise<Provisioned> {
    const { whole, at } = this.last ?? (await this.refresh());
    const age = whole.changes.length + whole.waits.length > 0 ? this.timing.missing : this.timing.settled;
    return this.told(this.now() - at < age ? whole : (await this.refresh()).whole);
  }

  /**
   * Does what can be done now; the rest is for the next call. What fails keeps nothing else from being done.
   *
   * @throws an error that names everything that failed
   */
  async provision(): Promise<void> {
    const { whole, at } = await this.refresh();
    const failures: string[] = [];
    for (const change of whole.changes) {
      if (this.now() - at > this.timing.budget) break;
      if (this.triedLately(change)) continue;
      const reason = await this.attempt(change);
      if (reason !== undefined) failures.push(`${inWords(change)}: ${reason}`);
    }
    this.last = undefined;
    if (failures.length > 0) throw new Error(failures.join('; '));
  }

  /** Gives the reason when a change fails. */
  private async attempt(change: Change): Promise<string | undefined> {
    let reason: string | undefined;
    try {
      await carryOut(this.admin, change, this.passwords.current);
      if (change.change === 'set-scram') this.passwords.wasSet(change.user, change.mechanism);
    } catch (error) {
      reason = (error as Error).message;
    }
    // Brokers follow the controller a moment later, so what was done may be found again.
    this.tried.set(inWords(change), {
      at: this.now(),
      reason: reason ?? 'that was done, and cannot be seen yet',
    });
    return reason;
  }

  private told({ changes, waits, notes, factors }: Whole): Provisioned {
    const tried = changes.map((change) => this.triedLately(change));
    const words = [...changes.map(inWords), ...waits];
    if (words.length === 0) return { notes, factors };
    const possible = tried.some((each) => each === undefined);
    const reasons = [
      ...changes.flatMap((change, at) => (tried[at] ? [`${inWords(change)}: ${tried[at].reason}`] : [])),
      ...waits,
    ];
    return { missing: listed(words), blocked: possible ? undefined : listed(reasons), notes, factors };
  }

  private triedLately(change: Change): { readonly reason: string } | undefined {
    const tried = this.tried.get(inWords(change));
    return tried && this.now() - tried.at < this.timing.pause ? tried : undefined;
  }

  private async refresh(): Promise<{ readonly whole: Whole; readonly at: number }> {
    const parts: [what: string, look: () => Promise<Part>][] = [
      ['the settings of all brokers', () => this.brokerConfigs()],
      ['users', () => this.users()],
      ['ACLs', () => this.acls()],
      ['quotas', () => this.quotas()],
      ['topics', () => this.topics()],
    ];
    // What cannot be looked at, such as ACLs before the brokers keep any, keeps nothing else from being done.
    const found = await Promise.all(
      parts.map(([what, look]) =>
        look().catch((error): Part => ({ changes: [], waits: [`cannot look at ${what}: ${error.message}`] })),
      ),
    );
    const whole: Whole = {
      changes: found.flatMap(({ changes }) => changes),
      waits: found.flatMap(({ waits = [] }) => waits),
      notes: found.flatMap(({ notes = [] }) => notes),
      factors: found.at(-1)?.factors ?? new Map(),
    };
    const open = new Set(whole.changes.map(inWords));
    for (const words of this.tried.keys()) if (!open.has(words)) this.tried.delete(words);
    this.last = { whole, at: this.now() };
    return this.last;
  }

  private async brokerConfigs(): Promise<Difference> {
    const found = await this.admin.describeConfigs([{ type: 'broker', name: '' }]);
    return brokerConfigDifference(this.settings.dynamicConfiguration, found.get('') ?? []);
  }

  private async users(): Promise<Difference> {
    const { admin, passwords } = this;
    const { wanted, scram } = this.settings;
    const concerned = wanted.users.filter((user) => user.scram || user.delete);
    if (concerned.length === 0) return { changes: [] };
    await passwords.readAll(concerned.filter((user) => !user.delete).map(({ name }) => name));
    const users = await admin.scramUsers();
    const taken = new Set(scram.map(({ mechanism }) => mechanism));
    const held = concerned
      .filter((user) => !user.delete)
      .flatMap((user) => heldMechanisms(user, { users, taken }).map((each) => [user.name, each] as const));
    await passwords.tryAll(held.filter(([user, mechanism]) => users.get(user)?.includes(mechanism)));
    return userDifference(concerned, { users, taken, passwords: passwords.current, right: passwords.right });
  }

  private async acls(): Promise<Difference> {
    const { users, acls } = this.settings.wanted;
    return acls && users.length > 0 ? aclDifference(users, await this.admin.acls()) : { changes: [] };
  }

  private async quotas(): Promise<Difference> {
    const { users } = this.settings.wanted;
    return users.length > 0 ? quotaDifference(users, await this.admin.quotas()) : { changes: [] };
  }

  private async topics(): Promise<Part> {
    const { topics: wanted } = this.settings.wanted;
    if (wanted.length === 0) return { changes: [] };
    const { brokers, topics } = await this.admin.describe();
    const resources = comparedTopics(wanted, topics).map((name): ConfigResource => ({ type: 'topic', name }));
    const configs = resources.length > 0 ? await this.admin.describeConfigs(resources) : new Map();
    return topicDifference(wanted, { brokers, topics, configs });
  }
}

const listed = (items: readonly string[]): string => few(items, '; ', NAMED);
