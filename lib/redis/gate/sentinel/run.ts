import * as fs from 'node:fs';
import { join } from 'node:path';
import { writeAtomically } from '../../../steward/files';
import { GATE_PORT, serveReport } from '../../../steward/gate-report';
import { FORMED_KEY } from '../../../steward/settings';
import { RedisKeys } from '../../steward/shared/keys';
import { connect } from '../../wire/redis-client';
import { askPeers } from '../ask';
import { askSentinels } from '../replication/ask-sentinels';
import type { GatePeer, GateRound } from '../round';
import { type RedisGateRun, readSettings } from '../run';
import type { RedisGateSettings, RedisSentinelSettings } from '../settings';
import { decideSentinel } from './decide';
import type { SentinelDecision, WatchedServer } from './facts';
import type { SentinelGateReport } from './report';
import { readState, type SentinelState, sentinelConf } from './sentinel-conf';

const POLL_MS = 500;
const REPEAT_MS = 30_000;
const ANSWER_MS = 2_000;

/** What a run of a Sentinel's gate needs: as that of a server. */
export type SentinelGateRun = Omit<RedisGateRun, 'podIp' | 'lingerMs'>;

/** Holds a Sentinel back until it is known whom it is to monitor, then leaves its sentinel.conf ready for it. */
export async function runSentinelGate(run: SentinelGateRun): Promise<SentinelDecision> {
  for (;;) {
    const decision = await new SentinelGate(run).hold();
    if (decision) return decision;
    run.log({ gate: 'again', sentinel: run.podName, reason: 'the settings have changed' });
  }
}

/** The gate of a Sentinel under one state of its settings. */
class SentinelGate {
  private readonly told: string;
  private readonly settings: RedisGateSettings;
  private readonly sentinel: RedisSentinelSettings;
  private readonly self: RedisSentinelSettings['members'][number];
  private readonly keys: RedisKeys;
  private readonly at: Pick<GateRound, 'addressOf' | 'gateOf' | 'sentinelAt'>;
  private lastReason = { reason: '', at: 0 };

  constructor(private readonly run: SentinelGateRun) {
    const { paths, podName, port = GATE_PORT } = run;
    const { told, settings } = readSettings(paths);
    const { sentinel } = settings;
    const self = sentinel?.members.find(({ pod }) => pod === podName);
    if (!sentinel || !self) throw new Error(`${podName} is in no list of Sentinels; scale their StatefulSet`);
    this.told = told;
    this.settings = settings;
    this.sentinel = sentinel;
    this.self = self;
    this.keys = new RedisKeys(settings, paths.secrets, ANSWER_MS);
    this.at = {
      addressOf: run.addressOf ?? (({ host }) => ({ host, port: settings.port })),
      sentinelAt: run.sentinelAt ?? (({ host }) => ({ host, port: sentinel.port })),
      gateOf: run.gateOf ?? (({ host }) => ({ host, port })),
    };
  }

  /** Decides again and again until the Sentinel may start; undefined when the settings have changed. */
  async hold(): Promise<SentinelDecision | undefined> {
    const { run } = this;
    const open = await serveReport(run.port ?? GATE_PORT, run.host, () => this.report());
    try {
      for (;;) {
        const decision = await this.decide();
        if (decision.action === 'monitor') {
          this.configure(decision);
          return decision;
        }
        this.tell(decision.reason);
        if (run.signal?.aborted) return decision;
        await new Promise((resolve) => setTimeout(resolve, run.pollMs ?? POLL_MS));
        if (readSettings(run.paths).told !== this.told) return undefined;
      }
    } finally {
      await open.close();
    }
  }

  private report(): SentinelGateReport {
    const { master } = this.state;
    const { pod } = this.self;
    return { pod, cluster: this.settings.cluster, says: this.lastReason.reason, ...(master && { master }) };
  }

  private async decide(): Promise<SentinelDecision> {
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

  private configure({ master, epoch }: Extract<SentinelDecision, { action: 'monitor' }>): void {
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

  private get state(): SentinelState {
    return readState(readIfThere(this.file), this.sentinel.masterName);
  }

  private get file(): string {
    return join(this.run.paths.data, 'sentinel.conf');
  }

  private tell(reason: string): void {
    if (reason === this.lastReason.reason && Date.now() - this.lastReason.at < REPEAT_MS) return;
    this.lastReason = { reason, at: Date.now() };
    this.run.log({ gate: 'wait', sentinel: this.self.pod, reason });
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
