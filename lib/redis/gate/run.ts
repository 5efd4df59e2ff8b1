import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GATE_PORT, type GateAnswers, OpenReport } from '../../steward/gate-report';
import { type AnyGateRun, type Gate, holdGate, type Starting, type Waiting } from '../../steward/hold-gate';
import type { Address } from '../../steward/reach';
import { FORMED_KEY } from '../../steward/settings';
import { RedisKeys } from '../steward/shared/keys';
import { connect } from '../wire/redis-client';
import type { Connect } from '../wire/types';
import { libraryUsers, mergeAclFile } from './acl-file';
import { askPeers } from './ask';
import { clusterRound } from './cluster/cluster-gate';
import { ServerFiles } from './disk';
import { confLine, keptLines, redisConf } from './redis-conf';
import { replicationRound } from './replication/replication-gate';
import { standaloneRound } from './replication/standalone-gate';
import type { DecideRound, GateDecision, GateRound, RedisGateReport } from './round';
import type { RedisGateMember, RedisGatePaths, RedisGateSettings } from './settings';

/** How long one server may take to answer. */
const ANSWER_MS = 2_000;

const ROUNDS: Record<RedisGateSettings['topology'], DecideRound> = {
  standalone: standaloneRound,
  replication: replicationRound,
  cluster: clusterRound,
};

/** What a run of a gate needs. */
export interface RedisGateRun extends AnyGateRun, GateAnswers {
  readonly podName: string;
  readonly podIp: string;
  readonly paths: RedisGatePaths;
  /**
   * Makes clients of servers.
   * @default - connects to them
   */
  readonly connect?: Connect;
  /**
   * Where a server is.
   * @default - at its full name, on the port of all servers
   */
  readonly addressOf?: GateRound['addressOf'];
  /**
   * Where a Sentinel is.
   * @default - at its full name, on the port of all Sentinels
   */
  readonly sentinelAt?: GateRound['sentinelAt'];
  /**
   * Where the gate of a pod is.
   * @default - at its full name, on `port`
   */
  readonly gateOf?: GateRound['addressOf'];
  /**
   * Present address of a name.
   * @default - asks the name servers
   */
  readonly lookup?: GateRound['lookup'];
}

/**
 * Holds a server back until it may start, then leaves its redis.conf and users.acl ready for it.
 * @throws Error when a volume must not be used
 */
export function runRedisGate(run: RedisGateRun): Promise<GateDecision> {
  return holdGate(run, (settings: RedisGateSettings) => new ServerGate(run, settings));
}

/** The gate of a server under one state of its settings. */
class ServerGate implements Gate<GateDecision> {
  readonly subject: { readonly server: string };
  /** Undefined where it is not one of the servers that should exist. */
  private readonly self: RedisGateMember | undefined;
  private readonly keys: RedisKeys;
  private readonly files: ServerFiles;
  private readonly addressOf: GateRound['addressOf'];
  private readonly gateOf: GateRound['addressOf'];
  /** Not opened before it knows what it tells: others decide by that. */
  private readonly answers: OpenReport<RedisGateReport>;
  private says = '';
  private details: RedisGateReport['details'] = {};
  private awaited: { readonly what: string; readonly since: number } | undefined;

  constructor(
    private readonly run: RedisGateRun,
    private readonly settings: RedisGateSettings,
  ) {
    const { podName, paths, port = GATE_PORT } = run;
    this.answers = new OpenReport(run, () => this.report());
    this.subject = { server: podName };
    this.self = settings.members.find(({ pod }) => pod === podName);
    this.keys = new RedisKeys(settings, paths.secrets, ANSWER_MS);
    this.files = new ServerFiles(settings, paths, podName, this.wanted());
    this.addressOf = run.addressOf ?? (({ host }): Address => ({ host, port: settings.port }));
    this.gateOf = run.gateOf ?? (({ host }): Address => ({ host, port }));
  }

  async decide(): Promise<GateDecision> {
    const decision = await this.decideNow();
    this.details = decision.details ?? {};
    return decision;
  }

  async wait({ reason, awaits }: Waiting<GateDecision>): Promise<void> {
    await this.answers.open();
    if (awaits !== this.awaited?.what) {
      this.awaited = awaits === undefined ? undefined : { what: awaits, since: performance.now() };
    }
    this.says = reason;
  }

  async start(decision: Starting<GateDecision>): Promise<void> {
    await (decision.linger ? this.answers.linger() : this.answers.open());
    this.carryOut(decision);
  }

  close(): Promise<void> {
    return this.answers.close();
  }

  private report(): RedisGateReport {
    const { cluster, founders } = this.settings;
    return {
      pod: this.run.podName,
      cluster,
      disk: this.files.read().state,
      says: this.says,
      founders,
      seenEmpty: this.files.notes.seenEmpty,
      details: this.details,
    };
  }

  private async decideNow(): Promise<GateDecision> {
    const { settings, self, run, files, keys, addressOf, gateOf, awaited } = this;
    const { state, log, foreign } = files.read();
    if (foreign) return { action: 'refuse', reason: foreign };
    if (!self) {
      const pods = settings.members.map(({ pod }) => pod).join(', ');
      const reason = `${run.podName} is not one of the servers that should exist (${pods}): it starts once it is`;
      return { action: 'wait', reason };
    }
    const transport = keys.transport();
    const anonymous = { tls: transport.tls, timeoutMs: transport.timeoutMs };
    const asker = { settings, connect: run.connect ?? connect, anonymous, addressOf, gateOf };
    const peers = await askPeers(asker, self.pod);
    files.rememberEmpty(
      [...peers].flatMap(([pod, peer]) => (peer.at === 'gate' && peer.report.disk === 'empty' ? [pod] : [])),
    );
    return ROUNDS[settings.topology]({
      settings,
      self,
      podIp: run.podIp,
      paths: run.paths,
      formed: existsSync(join(run.paths.formed, FORMED_KEY)),
      disk: state,
      log,
      lastConf: files.lastConf,
      peers,
      seenEmpty: new Set(files.notes.seenEmpty),
      awaited: awaited && { what: awaited.what, ms: performance.now() - awaited.since },
      connect: asker.connect,
      transport,
      anonymous,
      addressOf,
      sentinelAt: run.sentinelAt ?? (({ host }) => ({ host, port: settings.sentinel?.port ?? 0 })),
      gateOf,
      lookup: run.lookup,
    });
  }

  private carryOut(decision: Starting<GateDecision>): void {
    const { files, keys, run } = this;
    mkdirSync(run.paths.run, { recursive: true });
    decision.prepare?.();
    const passwords = keys.passwords();
    const own = [
      confLine('dir', run.paths.data),
      confLine('aclfile', join(run.paths.data, 'users.acl')),
      confLine('masteruser', 'replication'),
      confLine('masterauth', passwords.internal[0]),
      ...decision.lines,
    ];
    const users = libraryUsers(passwords);
    files.prepare(this.wanted(own), (existing) => mergeAclFile(existing, users));
    run.log({ gate: 'start', server: run.podName, as: decision.as });
  }

  /** The redis.conf of now, with lines of its own. */
  private wanted(own: readonly string[] = []): string {
    const { config, data } = this.run.paths;
    const textOf = (file: string) => (existsSync(file) ? readFileSync(file, 'utf8') : undefined);
    const [fixed = '', live = ''] = ['redis.conf', 'live.conf'].map((name) => textOf(join(config, name)));
    return redisConf({ fixed, live, own: [...keptLines(textOf(join(data, 'redis.conf'))), ...own] });
  }
}
