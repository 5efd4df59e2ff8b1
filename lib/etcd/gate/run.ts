import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GATE_PORT, type GateAnswers, OpenReport } from '../../steward/gate-report';
import { type AnyGateRun, type Gate, holdGate, type Starting, type Waiting } from '../../steward/hold-gate';
import { FORMED_KEY } from '../../steward/settings';
import { askPeer } from './ask';
import { decideStart } from './decide';
import { EtcdDiskFiles } from './disk';
import { initialCluster, memberYaml, type OwnSettings } from './etcd-yaml';
import { type EtcdDecision, type EtcdPeer, hex } from './facts';
import { type Identity, identityOf } from './identity';
import { peerKeys } from './peer-keys';
import type { EtcdGatePaths, EtcdGateReport, EtcdGateSettings } from './settings';

/** What a run of the gate needs. */
export interface EtcdGateRun extends AnyGateRun, GateAnswers {
  /** Name of the pod, which ends with the member's id. */
  readonly podName: string;
  readonly paths: EtcdGatePaths;
}

/**
 * Holds a member back until it may start, then leaves its volumes and its etcd.yaml ready for the server.
 * @throws Error when a volume must not be used
 */
export function runEtcdGate(run: EtcdGateRun): Promise<EtcdDecision> {
  return holdGate(run, (settings: EtcdGateSettings) => new MemberGate(run, settings));
}

/** The gate under one state of its settings. */
class MemberGate implements Gate<EtcdDecision> {
  readonly subject: { readonly member: number };
  private readonly identity: Identity;
  private readonly disk: EtcdDiskFiles;
  private readonly answers: OpenReport<EtcdGateReport>;
  private says = '';
  /** Whether the membership counts on data that is not there any more. */
  private lost = false;

  constructor(
    private readonly run: EtcdGateRun,
    private readonly settings: EtcdGateSettings,
  ) {
    this.identity = identityOf(run.podName, settings);
    this.answers = new OpenReport(run, () => this.report());
    this.subject = { member: this.identity.self };
    this.disk = new EtcdDiskFiles(settings, run.paths, this.identity.self);
    // Whoever restores runs before a gate, and until it has ended well.
    this.disk.confirmRestored(this.identity);
  }

  async decide(): Promise<EtcdDecision> {
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

  async wait({ lost = false, reason }: Waiting<EtcdDecision>): Promise<void> {
    await this.answers.open();
    this.lost = lost;
    this.says = reason;
  }

  async start(decision: Starting<EtcdDecision>): Promise<void> {
    if (decision.action === 'found' && this.settings.founders.length > 1) await this.answers.linger();
    this.carryOut(decision);
  }

  close(): Promise<void> {
    return this.answers.close();
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
      says: this.says,
      founders,
      seenEmpty: [...this.disk.seenEmpty],
    };
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

  private carryOut(decision: Starting<EtcdDecision>): void {
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
}
