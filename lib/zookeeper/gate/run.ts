import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type * as tls from 'node:tls';
import { type Disk, decide, type GateDecision, type Peer } from '../../steward/gate';
import { FORMED_KEY } from '../../steward/settings';
import { verifySnapshot } from '../tasks/snapshot-file';
import { askSrvr, type Membership } from '../wire/four-letter';
import { MemberDisk } from './disk';
import { type Keys, prepareSecrets } from './secrets';
import type { GateMember, GatePaths, GateSettings } from './settings';
import { type Answer, ask, type Greeting, listen, type PeerAddress, strangeness } from './talk';

const POLL_MS = 500;
const ANSWER_MS = 2_000;
const REPEAT_MS = 30_000;

/** What a run of the gate needs. */
export interface GateRun {
  readonly id: number;
  readonly paths: GatePaths;
  readonly log: (line: Record<string, unknown>) => void;
  /** Address to answer peers on. @default - all */
  readonly host?: string;
  /** Stops waiting. @default - waits for ever */
  readonly signal?: AbortSignal;
}

/**
 * Holds a member back until it may start, then leaves its volumes ready for the server.
 * @throws Error when the volume must not be used
 */
export async function runGate(run: GateRun): Promise<GateDecision> {
  if (!Number.isInteger(run.id)) throw new Error('the name of the pod does not end with -<number>');
  for (;;) {
    // Whoever waits may wait for a change of what it is told, such as a list of members that is longer.
    const decision = await new Round(run).hold();
    if (decision) return decision;
    run.log({ gate: 'again', member: run.id, reason: 'the settings have changed' });
  }
}

/** The gate under one state of its settings. */
class Round {
  private readonly told: string;
  private readonly settings: GateSettings;
  private readonly keys: Keys | undefined;
  private readonly disk: MemberDisk;
  private lastReason = { reason: '', at: 0 };

  constructor(private readonly run: GateRun) {
    this.told = this.read();
    this.settings = JSON.parse(this.told) as GateSettings;
    this.keys = prepareSecrets(run.paths, this.settings);
    this.disk = new MemberDisk(this.settings, run.paths, run.id);
  }

  /** Decides again and again until the member may start; undefined when the settings have changed. */
  async hold(): Promise<GateDecision | undefined> {
    const { keys, settings, run } = this;
    const server: tls.TlsOptions | undefined = keys && {
      ...keys,
      requestCert: true,
      rejectUnauthorized: true,
    };
    const open = await listen(
      { port: settings.port, host: run.host, tls: server },
      () => this.greeting(),
      (from) => this.heard(from),
    );
    try {
      for (;;) {
        const answers = await this.askAll();
        const disk = this.disk.read();
        const decision = this.decide(answers, disk, await this.isLed(answers, disk));
        if (decision.action === 'refuse') throw new Error(decision.reason);
        if (decision.action !== 'wait') {
          await this.carryOut(decision, answers);
          const details = decision.action === 'join' && {
            peer: decision.peer,
            listed: decision.listed,
            disk: decision.disk,
          };
          run.log({ gate: decision.action, member: run.id, ...details });
          return decision;
        }
        this.tell(decision.reason);
        if (run.signal?.aborted) return decision;
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
        if (this.read() !== this.told) return undefined;
      }
    } finally {
      await open.close();
    }
  }

  private read(): string {
    return readFileSync(join(this.run.paths.config, 'gate.json'), 'utf8');
  }

  private greeting(): Greeting {
    const { cluster, founders } = this.settings;
    const { reason } = this.lastReason;
    return { cluster, id: this.run.id, founders, disk: this.disk.read().state, says: reason || undefined };
  }

  /** Notes what a peer stated; gives the reason when it cannot. */
  private heard(from: Greeting): string | undefined {
    const { members, founders } = this.settings;
    const strange = strangeness(this.settings, from);
    if (strange) return `to it, you: ${strange}`;
    const known = founders.includes(from.id) || members.some((member) => member.id === from.id);
    if (from.id === this.run.id || !known) return `member ${from.id} is not one of its peers`;
    if (from.disk === 'empty' || from.disk === 'founding') this.disk.rememberEmpty(from.id);
    return undefined;
  }

  private async askAll(): Promise<Map<number, Answer>> {
    const others = this.settings.members.filter((member) => member.id !== this.run.id);
    const greeting = this.greeting();
    return new Map(
      await Promise.all(others.map(async (member) => [member.id, await this.ask(member, greeting)] as const)),
    );
  }

  /** Whether somebody else says that it leads, be it a member that should exist no more. Who has data need not know. */
  private async isLed(answers: ReadonlyMap<number, Answer>, disk: Disk): Promise<boolean> {
    if (disk.state === 'data') return true;
    const hosts = [...answers.values()].flatMap(({ membership }) => membership?.servers ?? []);
    const others = new Map(hosts.filter(({ id }) => id !== this.run.id).map(({ id, host }) => [id, host]));
    const said = await Promise.all(
      [...others].map(([id, host]) => askSrvr(this.address(id, host), ANSWER_MS)),
    );
    return said.some((srvr) => srvr?.mode === 'leader');
  }

  private address(id: number, host: string): PeerAddress {
    const { keys, settings } = this;
    return { id, host, port: settings.port, tls: keys && { ...keys, servername: host } };
  }

  private async ask({ id, host }: GateMember, greeting: Greeting): Promise<Answer> {
    const { settings } = this;
    const answer = await ask(this.address(id, host), greeting, ANSWER_MS);
    if (answer.peer.state === 'gate') this.heard({ ...greeting, id, disk: answer.peer.disk });
    const { membership } = answer;
    const ours = membership?.servers.some((server) =>
      settings.members.some((member) => member.id === server.id && member.host === server.host),
    );
    if (!membership || ours) return answer;
    const hosts = membership.servers.map((server) => server.host).join(', ');
    return { peer: { state: 'silent', reason: `it serves an ensemble of others (${hosts})` } };
  }

  private decide(answers: ReadonlyMap<number, Answer>, disk: Disk, led: boolean): GateDecision {
    const { settings, run } = this;
    return decide({
      self: run.id,
      members: settings.members.map((member) => member.id),
      founders: settings.founders,
      formed: existsSync(join(run.paths.formed, FORMED_KEY)),
      disk,
      peers: new Map([...answers].map(([peer, answer]): [number, Peer] => [peer, answer.peer])),
      led,
      seenEmpty: this.disk.seenEmpty,
    });
  }

  private async carryOut(decision: GateDecision, answers: ReadonlyMap<number, Answer>): Promise<void> {
    if (decision.action === 'start') this.disk.prepareStart();
    if (decision.action === 'found') {
      const backup = this.disk.toRestore();
      if (backup) await verifySnapshot(backup);
      this.disk.prepareFounding();
    }
    if (decision.action === 'join') {
      this.disk.prepareJoin(answers.get(decision.peer)?.membership as Membership, decision.disk);
    }
  }

  private tell(reason: string): void {
    if (reason === this.lastReason.reason && Date.now() - this.lastReason.at < REPEAT_MS) return;
    this.lastReason = { reason, at: Date.now() };
    this.run.log({ gate: 'wait', member: this.run.id, reason });
  }
}
