import * as fs from 'node:fs';
import { join } from 'node:path';
import { writeAtomically } from '../../../steward/files';
import { GATE_PORT, OpenReport } from '../../../steward/gate-report';
import { type Gate, holdGate, type Starting, type Waiting } from '../../../steward/hold-gate';
import { FORMED_KEY } from '../../../steward/settings';
import { RedisKeys } from '../../steward/shared/keys';
import { connect } from '../../wire/redis-client';
import { askPeers } from '../ask';
import { askSentinels } from '../replication/ask-sentinels';
import type { GatePeer, GateRound } from '../round';
import type { RedisGateRun } from '../run';
import type { RedisGateSettings, RedisSentinelSettings } from '../settings';
import { decideSentinel } from './decide';
import type { SentinelDecision, WatchedServer } from './facts';
import type { SentinelGateReport } from './report';
import { readState, type SentinelState, sentinelConf } from './sentinel-conf';

const ANSWER_MS = 2_000;

/** What a run of a Sentinel's gate needs: as that of a server. */
export type SentinelGateRun = Omit<RedisGateRun, 'podIp' | 'lingerMs'>;

/** Holds a Sentinel back until it is known whom it is to monitor, then leaves its sentinel.conf ready for it. */
export function runSentinelGate(run: SentinelGateRun): Promise<SentinelDecision> {
  return holdGate(run, async (settings: RedisGateSettings) => {
    const gate = new SentinelGate(run, settings);
    await gate.answers.open();
    return gate;
  });
}

/** The gate of a Sentinel under one state of its settings. */
class SentinelGate implements Gate<SentinelDecision> {
  readonly subject: { readonly sentinel: string };
  private readonly sentinel: RedisSentinelSettings;
  private readonly self: RedisSentinelSettings['members'][number];
  private readonly keys: RedisKeys;
  private readonly at: Pick<GateRound, 'addressOf' | 'gateOf' | 'sentinelAt'>;
  readonly answers: OpenReport<SentinelGateReport>;
  private says = '';

  constructor(
    private readonly run: SentinelGateRun,
    private readonly settings: RedisGateSettings,
  ) {
    const { paths, podName, port = GATE_PORT } = run;
    const { sentinel } = settings;
    const self = sentinel?.members.find(({ pod }) => pod === podName);
    if (!sentinel || !self) throw new Error(`${podName} is in no list of Sentinels; scale their StatefulSet`);
    this.answers = new OpenReport(run, () => this.report());
    this.subject = { sentinel: podName };
    this.sentinel = sentinel;
    this.self = self;
    this.keys = new RedisKeys(settings, paths.secrets, ANSWER_MS);
    this.at = {
      addressOf: run.addressOf ?? (({ host }) => ({ host, port: settings.port })),
      sentinelAt: run.sentinelAt ?? (({ host }) => ({ host, port: sentinel.port })),
      gateOf: run.gateOf ?? (({ host }) => ({ host, port })),
    };
  }

  async decide(): Promise<SentinelDecision> {
    const { settings, sentinel, self, run, at } = this;
    const { tls, timeoutMs } = this.keys.transport();
    const asker = { settings, connect: run.connect ?? connect, anonymous: { tls, timeoutMs }, ...at };
    const members = sentinel.members.filter(({ pod }) => pod !== self.pod);
    const [others, servers] = await Promise.all([
      askSentinels(asker, { ...sentinel, members }),
      askPeers(asker, self.pod),
    ]);
    return decideSentinel({
      formed: fs.existsSync(join(run.paths.formed, FORMED_KEY)),
      kept: this.state.master,
      others,
      servers: new Map(settings.members.map(({ pod, host }) => [host, watched(servers.get(pod))])),
    });
  }

  wait({ reason }: Waiting<SentinelDecision>): void {
    this.says = reason;
  }

  start({ master, epoch }: Starting<SentinelDecision>): void {
    const { run, settings, sentinel, self, keys, at, state } = this;
    const hostAndPort = (member: { pod: string; host: string }) => ({
      host: member.host,
      port: at.addressOf(member).port,
    });
    const known = settings.members.find(({ host }) => host === master);
    const text = sentinelConf({
      fixed: readIfThere(join(run.paths.config, 'sentinel.conf')),
      settings: sentinel,
      host: self.host,
      data: run.paths.data,
      servers: settings.members.map(hostAndPort),
      passwords: keys.passwords(),
      master: known ? hostAndPort(known) : { host: master, port: settings.port },
      state: epoch === undefined ? state : { ...state, configEpoch: Math.max(state.configEpoch, epoch) },
    });
    writeAtomically(fs, this.file, text);
    run.log({ gate: 'start', sentinel: self.pod, monitors: master });
  }

  close(): Promise<void> {
    return this.answers.close();
  }

  private report(): SentinelGateReport {
    const { master } = this.state;
    const { pod } = this.self;
    return { pod, cluster: this.settings.cluster, says: this.says, ...(master && { master }) };
  }

  private get state(): SentinelState {
    return readState(readIfThere(this.file), this.sentinel.masterName);
  }

  private get file(): string {
    return join(this.run.paths.data, 'sentinel.conf');
  }
}

function watched(peer: GatePeer | undefined): WatchedServer {
  if (!peer) return { state: 'silent' };
  if (peer.at === 'gate') return { state: 'gate' };
  const { says } = peer;
  if (says.state !== 'serving') return { state: says.state };
  return { state: 'serving', role: says.role, linked: says.replicas.length };
}

const readIfThere = (file: string): string => (fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '');
