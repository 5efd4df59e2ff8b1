import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GATE_PORT, serveReport } from '../../steward/gate-report';
import { FORMED_KEY } from '../../steward/settings';
import { type Asked, type AskOptions, askOthers, type Connect } from './ask';
import { decideStart, type StartDecision } from './decide';
import { KafkaDisk } from './disk';
import type { DirectoryState } from './facts';
import { formatArguments } from './format-arguments';
import { mergeProperties } from './properties';
import type { GateReport } from './report';
import type { KafkaGateMember, KafkaGatePaths, KafkaGateSettings } from './settings';
import { adminProperties } from './transport';

const POLL_MS = 500;
const REPEAT_MS = 30_000;
const LINGER_MS = 3_000;

/** What a run of the gate needs. */
export interface KafkaGateRun {
  readonly member: KafkaGateMember;
  readonly paths: KafkaGatePaths;
  readonly log: (line: Record<string, unknown>) => void;
  /** Makes a client of the cluster that knows these brokers and controllers. */
  readonly connect: Connect;
  /**
   * Address to answer on.
   * @default '0.0.0.0'
   */
  readonly host?: string;
  /**
   * Port to answer on, and to ask other gates on.
   * @default GATE_PORT
   */
  readonly port?: number;
  /**
   * How long it waits before it looks again, in milliseconds.
   * @default 500
   */
  readonly pollMs?: number;
  /**
   * How long a founder still answers once it knows enough, in milliseconds.
   * @default 3000
   */
  readonly lingerMs?: number;
  /**
   * Stops waiting.
   * @default - waits for ever
   */
  readonly signal?: AbortSignal;
}

/**
 * Holds a server back until it may start, then leaves its configuration, and how to format its disks.
 * @throws Error when a volume must not be used
 */
export async function runKafkaGate(run: KafkaGateRun): Promise<StartDecision> {
  for (;;) {
    // Whoever waits may wait for a change of what it is told, such as a list of brokers that is longer.
    const decision = await new Round(run).hold();
    if (decision) return decision;
    run.log({ gate: 'again', node: run.member.id, reason: 'the settings have changed' });
  }
}

/** The gate under one state of its settings. */
class Round {
  private readonly told: string;
  private readonly settings: KafkaGateSettings;
  private readonly disk: KafkaDisk;
  private readonly founders: readonly number[];
  private lastReason = { reason: '', at: 0 };

  constructor(private readonly run: KafkaGateRun) {
    const { member } = run;
    this.told = this.read();
    this.settings = JSON.parse(this.told) as KafkaGateSettings;
    const { clusterId, zookeeper, founders } = this.settings;
    this.founders = founders.map(({ id }) => id);
    this.disk = new KafkaDisk(member.directories, { clusterId, zookeeper, id: member.id });
  }

  /** Decides again and again until the server may start; undefined when the settings have changed. */
  async hold(): Promise<StartDecision | undefined> {
    const { run } = this;
    let open: { close(): Promise<void> } | undefined;
    try {
      for (;;) {
        const decision = await this.decide();
        if (decision.action === 'refuse') throw new Error(decision.reason);
        const forms = decision.action === 'format' && decision.as === 'founder' && this.founders.length > 1;
        if (decision.action === 'wait' || forms) {
          open ??= await serveReport(run.port ?? GATE_PORT, run.host, () => this.report());
        }
        if (decision.action !== 'wait') {
          // The other founders have yet to hear of this one, and would wait for its server otherwise.
          if (forms) await new Promise((resolve) => setTimeout(resolve, run.lingerMs ?? LINGER_MS));
          this.carryOut(decision);
          return decision;
        }
        this.tell(decision.reason);
        if (run.signal?.aborted) return decision;
        await new Promise((resolve) => setTimeout(resolve, run.pollMs ?? POLL_MS));
        if (this.read() !== this.told) return undefined;
      }
    } finally {
      await open?.close();
    }
  }

  private read(): string {
    return readFileSync(join(this.run.paths.config, 'gate.json'), 'utf8');
  }

  private report(): GateReport {
    const { clusterId } = this.settings;
    const states = this.disk.read().map(({ state }) => state);
    const disk = states.includes('foreign') ? 'foreign' : states.includes('data') ? 'data' : 'empty';
    const seenEmpty = [...this.disk.seenEmpty];
    return {
      id: this.run.member.id,
      clusterId,
      disk,
      says: this.lastReason.reason,
      founders: this.founders,
      seenEmpty,
    };
  }

  private async decide(): Promise<StartDecision> {
    const { settings, disk } = this;
    const { member, paths } = this.run;
    const { keepsData } = member;
    const formed = existsSync(join(paths.formed, FORMED_KEY));
    const roles = {
      broker: member.roles.includes('broker'),
      controller: member.roles.includes('controller'),
    };
    const directories = disk.read();
    const answers = await this.ask(roles, directories);
    if (!formed || !keepsData) this.noteEmpty(answers, directories);
    return decideStart({
      cluster: settings.cluster,
      id: member.id,
      roles,
      zookeeper: settings.zookeeper,
      keepsData,
      formed,
      directories,
      founders: settings.founders,
      controllers: (settings.controllers ?? settings.founders).map(({ id }) => id),
      brokers: settings.brokers.map(({ id }) => id),
      seenEmpty: disk.seenEmpty,
      ...answers,
    });
  }

  /** Asks the others what this server cannot know by its disks. */
  private ask(
    roles: { readonly broker: boolean; readonly controller: boolean },
    directories: readonly DirectoryState[],
  ): Promise<Asked> {
    const { member, port = GATE_PORT, connect, paths } = this.run;
    const states = directories.map(({ state }) => state);
    const options: AskOptions = {
      settings: this.settings,
      id: member.id,
      secrets: paths.secrets,
      gatePort: port,
      replicas: () => this.disk.replicas(),
      connect,
    };
    const foreign = states.includes('foreign');
    const unused = !states.includes('data');
    return askOthers(options, {
      metadata: !foreign && roles.controller && !this.settings.zookeeper && states[0] !== 'data',
      partitions: !foreign && roles.broker && member.keepsData && (unused || states.includes('lost')),
    });
  }

  private noteEmpty({ peers }: Asked, directories: readonly DirectoryState[]): void {
    if (directories.some(({ state }) => state === 'data' || state === 'foreign')) return;
    const empty = this.founders.filter((id) => {
      const peer = peers.get(id);
      return peer?.state === 'gate' && peer.disk === 'empty';
    });
    if (this.founders.includes(this.run.member.id)) this.disk.rememberEmpty(empty);
  }

  private carryOut(decision: Extract<StartDecision, { action: 'start' | 'format' }>): void {
    const { run, settings } = this;
    const { config, run: directory } = run.paths;
    const { id, properties, roles } = run.member;
    const as = decision.action === 'format' ? decision.as : undefined;
    this.disk.prepare(as ?? 'start');
    const role = roles === 'broker,controller' ? 'combined' : roles;
    const common = readFileSync(join(config, `${role}.properties`), 'utf8');
    const own = properties.replaceAll('{id}', String(id));
    const format = join(directory, 'format');
    mkdirSync(directory, { recursive: true });
    rmSync(format, { force: true });
    writeFileSync(join(directory, 'server.properties'), mergeProperties(common, own));
    writeFileSync(join(directory, 'admin.properties'), adminProperties(settings.transport));
    if (as)
      writeFileSync(
        format,
        formatArguments(settings, as)
          .map((argument) => `${argument}\n`)
          .join(''),
      );
    for (const note of decision.notes) run.log({ gate: 'note', node: id, note });
    run.log({ gate: decision.action, node: id, ...(as && { as }) });
  }

  private tell(reason: string): void {
    if (reason === this.lastReason.reason && Date.now() - this.lastReason.at < REPEAT_MS) return;
    this.lastReason = { reason, at: Date.now() };
    this.run.log({ gate: 'wait', node: this.run.member.id, reason });
  }
}
