import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GATE_PORT, type GateAnswers, OpenReport } from '../../steward/gate-report';
import { type AnyGateRun, type Gate, holdGate, type Starting, type Waiting } from '../../steward/hold-gate';
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

/** What a run of the gate needs. */
export interface KafkaGateRun extends AnyGateRun, GateAnswers {
  readonly member: KafkaGateMember;
  readonly paths: KafkaGatePaths;
  /** Makes a client of the cluster that knows these brokers and controllers. */
  readonly connect: Connect;
}

/**
 * Holds a server back until it may start, then leaves its configuration, and how to format its disks.
 * @throws Error when a volume must not be used
 */
export function runKafkaGate(run: KafkaGateRun): Promise<StartDecision> {
  return holdGate(run, (settings: KafkaGateSettings) => new ServerGate(run, settings));
}

/** The gate under one state of its settings. */
class ServerGate implements Gate<StartDecision> {
  readonly subject: { readonly node: number };
  private readonly disk: KafkaDisk;
  private readonly founders: readonly number[];
  private readonly answers: OpenReport<GateReport>;
  private says = '';

  constructor(
    private readonly run: KafkaGateRun,
    private readonly settings: KafkaGateSettings,
  ) {
    const { member } = run;
    const { clusterId, zookeeper, founders } = settings;
    this.answers = new OpenReport(run, () => this.report());
    this.subject = { node: member.id };
    this.founders = founders.map(({ id }) => id);
    this.disk = new KafkaDisk(member.directories, { clusterId, zookeeper, id: member.id });
  }

  async decide(): Promise<StartDecision> {
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

  async wait({ reason }: Waiting<StartDecision>): Promise<void> {
    await this.answers.open();
    this.says = reason;
  }

  async start(decision: Starting<StartDecision>): Promise<void> {
    if (decision.action === 'format' && decision.as === 'founder' && this.founders.length > 1)
      await this.answers.linger();
    this.carryOut(decision);
  }

  close(): Promise<void> {
    return this.answers.close();
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
      says: this.says,
      founders: this.founders,
      seenEmpty,
    };
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

  private carryOut(decision: Starting<StartDecision>): void {
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
}
