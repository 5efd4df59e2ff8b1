import type { Address } from '../../../steward/reach';
import { aclUser } from '../../gate/acl-file';
import { SENTINEL_RULES } from '../../gate/sentinel/sentinel-conf';
import type { Redis } from '../../wire/types';
import type { StewardSentinel } from '../settings';
import { demote, handOver } from './hand-over';
import type { ReplicationFacts, ReplicationStep } from './replication-facts';
import type { Known, ReplicationMembers } from './replication-members';
import { wantedNumbers } from './replication-observe';
import { knowing } from './replication-state';

type Of<S extends ReplicationStep['step']> = Extract<ReplicationStep, { readonly step: S }>;

/** Steps that servers and Sentinels are told. */
export type MemberStep = Of<'monitor' | 'settle' | 'forget' | 'follow' | 'hand-over'>;

/** Has servers and Sentinels take a step; each may be taken again. */
export class ReplicationSteps {
  constructor(
    private readonly members: ReplicationMembers,
    private readonly settings: StewardSentinel,
    private readonly facts: ReplicationFacts,
  ) {}

  async carryOut(step: MemberStep): Promise<void> {
    const { masterName } = this.settings;
    switch (step.step) {
      case 'monitor': {
        const { host, port } = this.addressOf(step.host);
        const sentinel = this.sentinel(step.sentinel);
        await sentinel.command('SENTINEL', 'MONITOR', masterName, host, port, this.settings.quorum);
        return this.settle(step.sentinel);
      }
      case 'settle':
        return this.settle(step.sentinel);
      case 'forget':
        await this.sentinel(step.sentinel).command('SENTINEL', 'RESET', masterName);
        return;
      case 'follow': {
        const { host, port } = this.addressOf(step.host);
        return demote(this.client(this.server(step.pod)), host, port);
      }
      case 'hand-over': {
        const server = this.server(step.pod);
        return handOver({
          master: this.client(server),
          host: this.members.means.addressOf(server).host,
          sentinels: knowing(this.facts).map((each) => this.members.client(each, 'sentinelAt')),
          masterName,
          servers: this.facts.servers.members.map((each) => this.client(each)),
        });
      }
    }
  }

  /** Tells a Sentinel passwords and numbers; what others know it by comes first, what it shows itself by comes last. */
  private async settle(pod: string): Promise<void> {
    const { masterName } = this.settings;
    const { internal, steward } = this.members.keys.passwords();
    const sentinel = this.sentinel(pod);
    for (const [name, rules] of Object.entries(SENTINEL_RULES)) {
      const { words } = aclUser(name, name === 'steward' ? steward : internal, rules);
      await sentinel.command('ACL', 'SETUSER', name, 'reset', ...words);
    }
    const numbers = wantedNumbers(this.settings).flat();
    const login = ['auth-user', 'sentinel', 'auth-pass', internal[0]];
    await sentinel.command('SENTINEL', 'SET', masterName, ...numbers, ...login);
    await sentinel.command('SENTINEL', 'CONFIG', 'SET', 'sentinel-user', 'sentinel');
    await sentinel.command('SENTINEL', 'CONFIG', 'SET', 'sentinel-pass', internal[0]);
  }

  private sentinel(pod: string): Redis {
    const found = this.facts.sentinels?.members.find((each) => each.pod === pod);
    if (!found) throw new Error(`there is no Sentinel ${pod}`);
    return this.members.client(found, 'sentinelAt');
  }

  private server(pod: string): Known {
    const found = this.facts.servers.members.find((each) => each.pod === pod);
    if (!found) throw new Error(`there is no server ${pod}`);
    return found;
  }

  private client(server: Known): Redis {
    return this.members.client(server, 'addressOf');
  }

  private addressOf(host: string): Address {
    const found = this.facts.servers.members.find((each) => each.host === host);
    if (!found) throw new Error(`there is no server ${host}`);
    return this.members.means.addressOf(found);
  }
}
