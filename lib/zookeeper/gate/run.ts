import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type * as tls from 'node:tls';
import { type Disk, decide, type GateDecision, type Peer } from '../../steward/gate';
import { type AnyGateRun, type Gate, holdGate, type Starting, type Waiting } from '../../steward/hold-gate';
import { FORMED_KEY } from '../../steward/settings';
import { verifySnapshot } from '../tasks/snapshot-file';
import { askSrvr, type Membership } from '../wire/four-letter';
import { MemberDisk } from './disk';
import { type Keys, prepareSecrets } from './secrets';
import type { GateMember, GatePaths, GateSettings } from './settings';
import { type Answer, ask, type Greeting, listen, type PeerAddress, strangeness } from './talk';

const ANSWER_MS = 2_000;

/** What a run of the gate needs. */
export interface GateRun extends AnyGateRun {
  readonly id: number;
  readonly paths: GatePaths;
  /** Address to answer peers on. @default - all */
  readonly host?: string;
}

/**
 * Holds a member back until it may start, then leaves its volumes ready for the server.
 * @throws Error when the volume must not be used
 */
export async function runGate(run: GateRun): Promise<GateDecision> {
  if (!Number.isInteger(run.id)) throw new Error('the name of the pod does not end with -<number>');
  return holdGate(run, async (settings: GateSettings) => {
    const gate = new MemberGate(run, settings);
    await gate.answer();
    return gate;
  });
}

/** The gate under one state of its settings. */
class MemberGate implements Gate<GateDecision> {
  readonly subject: { readonly member: number };
  private readonly keys: Keys | undefined;
  private readonly disk: MemberDisk;
  private answers: ReadonlyMap<number, Answer> = new Map();
  private open: { close(): Promise<void> } | undefined;
  private says = '';

  constructor(
    private readonly run: GateRun,
    private readonly settings: GateSettings,
  ) {
    this.subject = { member: run.id };
    this.keys = prepareSecrets(run.paths, settings);
    this.disk = new MemberDisk(settings, run.paths, run.id);
  }

  /** Answers peers from now on. */
  async answer(): Promise<void> {
    const { keys, settings, run } = this;
    const server: tls.TlsOptions | undefined = keys && {
      ...keys,
      requestCert: true,
      rejectUnauthorized: true,
    };
    this.open = await listen(
      { port: settings.port, host: run.host, tls: server },
      () => this.greeting(),
      (from) => this.heard(from),
    );
  }

  async decide(): Promise<GateDecision> {
    const { settings, run } = this;
    this.answers = await this.askAll();
    const disk = this.disk.read();
    const led = await this.isLed(this.answers, disk);
    return decide({
      self: run.id,
      members: settings.members.map((member) => member.id),
      founders: settings.founders,
      formed: existsSync(join(run.paths.formed, FORMED_KEY)),
      disk,
      peers: new Map([...this.answers].map(([peer, answer]): [number, Peer] => [peer, answer.peer])),
      led,
      seenEmpty: this.disk.seenEmpty,
    });
  }

  wait({ reason }: Waiting<GateDecision>): void {
    this.says = reason;
  }

  async start(decision: Starting<GateDecision>): Promise<void> {
    await this.carryOut(decision);
    const details = decision.action === 'join' && {
      peer: decision.peer,
      listed: decision.listed,
      disk: decision.disk,
    };
    this.run.log({ gate: decision.action, member: this.run.id, ...details });
  }

  async close(): Promise<void> {
    await this.open?.close();
  }

  private greeting(): Greeting {
    const { cluster, founders } = this.settings;
    return { cluster, id: this.run.id, founders, disk: this.disk.read().state, says: this.says || undefined };
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

  private async carryOut(decision: Starting<GateDecision>): Promise<void> {
    if (decision.action === 'start') this.disk.prepareStart();
    if (decision.action === 'found') {
      const backup = this.disk.toRestore();
      if (backup) await verifySnapshot(backup);
      this.disk.prepareFounding();
    }
    if (decision.action === 'join') {
      this.disk.prepareJoin(this.answers.get(decision.peer)?.membership as Membership, decision.disk);
    }
  }
}
