import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GATE_PORT, serveReport } from '../../steward/gate-report';
import { FORMED_KEY } from '../../steward/settings';
import { askPeer } from './ask';
import { decideStart } from './decide';
import { EtcdDiskFiles } from './disk';
import { initialCluster, memberYaml, type OwnSettings } from './etcd-yaml';
import { type EtcdDecision, type EtcdPeer, hex } from './facts';
import { type Identity, identityOf } from './identity';
import { peerKeys } from './peer-keys';
import type { EtcdGatePaths, EtcdGateReport, EtcdGateSettings } from './settings';

const POLL_MS = 500;
const REPEAT_MS = 30_000;
const LINGER_MS = 3_000;

/** What a run of the gate needs. */
export interface EtcdGateRun {
  /** Name of the pod, which ends with the member's id. */
  readonly podName: string;
  readonly paths: EtcdGatePaths;
  readonly log: (line: Record<string, unknown>) => void;
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

/** Settings as they are mounted now, and the text that they were read from. */
export function readSettings({ config }: EtcdGatePaths): { told: string; settings: EtcdGateSettings } {
  const told = readFileSync(join(config, 'gate.json'), 'utf8');
  return { told, settings: JSON.parse(told) as EtcdGateSettings };
}

/**
 * Holds a member back until it may start, then leaves its volumes and its etcd.yaml ready for the server.
 * @throws Error when a volume must not be used
 */
export async function runEtcdGate(run: EtcdGateRun): Promise<EtcdDecision> {
  for (;;) {
    // Whoever waits may wait for a change of what it is told, such as a list of members that is longer.
    const round = new Round(run);
    const decision = await round.hold();
    if (decision) return decision;
    run.log({ gate: 'again', member: round.identity.self, reason: 'the settings have changed' });
  }
}

/** The gate under one state of its settings. */
class Round {
  readonly identity: Identity;
  private readonly told: string;
  private readonly settings: EtcdGateSettings;
  private readonly disk: EtcdDiskFiles;
  private lastReason = { reason: '', at: 0 };
  /** Whether the membership counts on data that is not there any more. */
  private lost = false;

  constructor(private readonly run: EtcdGateRun) {
    const { told, settings } = readSettings(run.paths);
    this.told = told;
    this.settings = settings;
    this.identity = identityOf(run.podName, settings);
    this.disk = new EtcdDiskFiles(settings, run.paths, this.identity.self);
    // Whoever restores runs before a gate, and until it has ended well.
    this.disk.confirmRestored(this.identity);
  }

  /** Decides again and again until the member may start; undefined when the settings have changed. */
  async hold(): Promise<EtcdDecision | undefined> {
    const { run } = this;
    let open: { close(): Promise<void> } | undefined;
    try {
      for (;;) {
        const decision = await this.decide();
        if (decision.action === 'refuse') throw new Error(decision.reason);
        const gathers = decision.action === 'found' && this.settings.founders.length > 1;
        if (decision.action === 'wait' || gathers) {
          open ??= await serveReport(run.port ?? GATE_PORT, run.host, () => this.report());
        }
        if (decision.action !== 'wait') {
          // The other founders have yet to hear of this one, and would wait for its server otherwise.
          if (gathers) await new Promise((resolve) => setTimeout(resolve, run.lingerMs ?? LINGER_MS));
          this.carryOut(decision);
          return decision;
        }
        this.lost = decision.lost ?? false;
        this.tell(decision.reason);
        if (run.signal?.aborted) return decision;
        await new Promise((resolve) => setTimeout(resolve, run.pollMs ?? POLL_MS));
        if (readSettings(run.paths).told !== this.told) return undefined;
      }
    } finally {
      await open?.close();
    }
  }

  private report(): EtcdGateReport {
    const { token, founders } = this.settings;
    const { state, memberId, clusterId, term, index } = this.disk.read();
    return {
      id: this.identity.self,
      token,
      disk: this.lost ? 'lost' : state,
      ...(memberId !== undefined && { memberId: hex(memberId) }),
      ...(clusterId !== undefined && { clusterId: hex(clusterId) }),
      ...(term !== undefined && { term: Number(term) }),
      ...(index !== undefined && { index: Number(index) }),
      says: this.lastReason.reason,
      founders,
      seenEmpty: [...this.disk.seenEmpty],
    };
  }

  private async decide(): Promise<EtcdDecision> {
    const { settings, identity, disk } = this;
    const peers = await this.askAll();
    const empty = [...peers].filter(
      ([, peer]) => peer.state === 'gate' && (peer.disk === 'empty' || peer.disk === 'founding'),
    );
    disk.rememberEmpty(empty.map(([id]) => id));
    const { restore, version, forceNewCluster, operations, keepsData } = settings;
    return decideStart({
      ...identity,
      members: settings.members.map(({ id }) => id),
      formed: existsSync(join(this.run.paths.formed, FORMED_KEY)),
      keepsData,
      disk: disk.read(),
      peers,
      seenEmpty: disk.seenEmpty,
      restore,
      version,
      forceNewCluster,
      operations,
    });
  }

  private async askAll(): Promise<Map<number, EtcdPeer>> {
    const { settings, run, identity } = this;
    const others = settings.members.filter(({ id }) => id !== identity.self);
    const tls = settings.peerTls ? peerKeys(run.paths.secrets) : undefined;
    const asker = { settings, gatePort: run.port ?? GATE_PORT, tls };
    return new Map(
      await Promise.all(others.map(async (member) => [member.id, await askPeer(asker, member)] as const)),
    );
  }

  private carryOut(decision: Exclude<EtcdDecision, { action: 'wait' | 'refuse' }>): void {
    const { disk, identity, run } = this;
    switch (decision.action) {
      case 'found':
        disk.prepareFounding(decision.restored);
        this.configure('new', identity.foundingCluster);
        break;
      case 'join':
        disk.prepareJoin();
        this.configure('existing', initialCluster(decision.members, identity));
        break;
      default:
        disk.prepareStart();
        this.configure('existing', identity.alone, decision.action === 'force' || undefined);
    }
    const details = decision.action === 'join' && { peer: decision.peer, wiped: decision.wipe };
    run.log({ gate: decision.action, member: identity.self, ...details });
  }

  private configure(
    state: OwnSettings['initial-cluster-state'],
    cluster: string,
    force: true | undefined = undefined,
  ): void {
    const { config, run } = this.run.paths;
    const { name, peerUrl, clientUrl } = this.identity;
    const text = memberYaml(readFileSync(join(config, 'etcd.yaml'), 'utf8'), {
      name,
      'advertise-client-urls': clientUrl,
      'initial-advertise-peer-urls': peerUrl,
      'initial-cluster': cluster,
      'initial-cluster-state': state,
      'initial-cluster-token': this.settings.token,
      'force-new-cluster': force,
    });
    mkdirSync(run, { recursive: true });
    writeFileSync(join(run, 'etcd.yaml'), text);
  }

  private tell(reason: string): void {
    if (reason === this.lastReason.reason && Date.now() - this.lastReason.at < REPEAT_MS) return;
    this.lastReason = { reason, at: Date.now() };
    this.run.log({ gate: 'wait', member: this.identity.self, reason });
  }
}
