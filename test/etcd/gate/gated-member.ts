import * as path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { EtcdClient } from '../../../lib/etcd/api/etcd-client';
import { ask } from '../../../lib/etcd/api/http';
import { EtcdError, type MemberEntry } from '../../../lib/etcd/api/types';
import type { EtcdDecision } from '../../../lib/etcd/gate/facts';
import { type EtcdGateRun, runEtcdGate } from '../../../lib/etcd/gate/run';
import type { EtcdGatePaths, EtcdGateReport, EtcdGateSettings } from '../../../lib/etcd/gate/settings';
import { askReport } from '../../../lib/steward/gate-report';
import { type EtcdPorts, EtcdProcess } from '../../support/etcd-process';
import { freePorts } from '../../support/ports';
import { emptyVolume } from './etcd-files';
import { pathsIn, put, settingsOf } from './volumes';

const PATIENCE_MS = 90_000;

/** Ports that all members of a cluster use, each on an address of its own. */
export type GatedPorts = EtcdPorts & { readonly gate: number };

export function gatedPorts(): GatedPorts {
  const [client, peer, metrics, gate] = freePorts(4);
  return { client, peer, metrics, gate };
}

export function loopbackMembers(count: number): EtcdGateSettings['members'] {
  return Array.from({ length: count }, (_, id) => ({ id, name: `etcd-${id}`, host: `127.0.2.${id + 1}` }));
}

/** Settings of a cluster on loopback. */
export function loopbackSettings(
  count: number,
  ports: GatedPorts,
  change: Partial<EtcdGateSettings> = {},
): EtcdGateSettings {
  return settingsOf({
    members: loopbackMembers(count),
    founders: Array.from({ length: count }, (_, id) => id),
    clientPort: ports.client,
    peerPort: ports.peer,
    metricsPort: ports.metrics,
    ...change,
  });
}

/** A member as its pod runs it: first the gate, then the server on what the gate has left. */
export class GatedMember {
  readonly host: string;
  readonly paths: EtcdGatePaths;
  readonly log: Record<string, unknown>[] = [];
  private server: EtcdProcess;
  private settings!: EtcdGateSettings;

  constructor(
    readonly id: number,
    private readonly root: string,
    private readonly ports: GatedPorts,
    settings: EtcdGateSettings,
  ) {
    this.host = `127.0.2.${id + 1}`;
    this.paths = pathsIn(root);
    this.server = new EtcdProcess(root, ports, settings.version);
    this.configure(settings);
  }

  get name(): string {
    return `etcd-${this.id}`;
  }

  get peerUrl(): string {
    return `http://${this.host}:${this.ports.peer}`;
  }

  /** What the server wrote since it was started last. */
  get output(): string {
    return this.server.logSinceStart;
  }

  /** What its last gate said when it waited. */
  get reason(): unknown {
    return this.log.filter((line) => line.gate === 'wait').pop()?.reason;
  }

  /** What the ConfigMap holds; it changes under a gate that waits. */
  configure(settings: EtcdGateSettings): void {
    const { host, paths, ports } = this;
    this.settings = settings;
    const old = settings.version.startsWith('3.5.');
    const common = {
      'data-dir': path.join(paths.data, 'data'),
      ...(settings.walVolume && { 'wal-dir': path.join(paths.wal, 'wal') }),
      'listen-client-urls': `http://${host}:${ports.client}`,
      'listen-peer-urls': `http://${host}:${ports.peer}`,
      'listen-metrics-urls': `http://${host}:${ports.metrics}`,
      [old ? 'experimental-max-learners' : 'max-learners']: 6,
    };
    const lines = Object.entries(common).map(([key, value]) => `${key}: ${value}\n`);
    put(lines.join(''), paths.config, 'etcd.yaml');
    put(JSON.stringify(settings), paths.config, 'gate.json');
  }

  get gateRun(): EtcdGateRun {
    const { host, log, name, paths, ports } = this;
    return {
      podName: name,
      paths,
      host,
      port: ports.gate,
      pollMs: 100,
      lingerMs: 500,
      log: (line) => log.push(line),
    };
  }

  /** Runs the gate until it lets the server start, or for so long. */
  gate(forMs = PATIENCE_MS): Promise<EtcdDecision> {
    return runEtcdGate({ ...this.gateRun, signal: AbortSignal.timeout(forMs) });
  }

  /** Starts the server, as the gate has prepared it. */
  async serve(): Promise<void> {
    this.server = new EtcdProcess(this.root, this.ports, this.settings.version);
    await this.server.start(path.join(this.paths.run, 'etcd.yaml'));
  }

  /** Gate and server, one after the other. */
  async run(): Promise<EtcdDecision['action']> {
    const decision = await this.gate();
    if (decision.action === 'wait') throw new Error(`${this.name}: ${decision.reason}`);
    await this.serve();
    return decision.action;
  }

  /** Waits until the server passes a check of its metrics port. */
  async passes(check: 'livez' | 'readyz' | 'readyz/linearizable_read' = 'readyz'): Promise<void> {
    const address = { host: this.host, port: this.ports.metrics };
    const look = () =>
      ask(address, { timeoutMs: 2_000 }, { method: 'GET', path: `/${check}` }).then(
        ({ status }) => status === 200,
        () => false,
      );
    await this.server.until(this.name, look, { everyMs: 100, timeoutMs: PATIENCE_MS });
  }

  /** What its gate tells while it waits. */
  async report(): Promise<EtcdGateReport> {
    return insist(async () => {
      const found = await askReport({ host: this.host, port: this.ports.gate }, 2_000);
      if (!found) throw new Error(`the gate of ${this.name} does not answer`);
      return found as EtcdGateReport;
    });
  }

  async kill(signal: 'SIGTERM' | 'SIGKILL' = 'SIGKILL'): Promise<void> {
    await this.server.stop(signal);
  }

  /** Gives the member a new, empty volume. */
  wipe(volume: 'data' | 'wal' = 'data'): void {
    emptyVolume(this.paths[volume]);
  }

  get client(): EtcdClient {
    return new EtcdClient({ host: this.host, port: this.ports.client }, { timeoutMs: 5_000 });
  }

  async put(key: string, value: string): Promise<void> {
    await insist(() => this.client.put(key, value));
  }

  async get(key: string): Promise<string | undefined> {
    return insist(async () => (await this.client.get(key))?.toString());
  }

  async list(): Promise<readonly MemberEntry[]> {
    return insist(() => this.client.memberList());
  }

  /** By hand: takes a member out of the membership. */
  async remove(other: GatedMember): Promise<void> {
    const entry = (await this.list()).find(({ peerUrls }) => peerUrls.includes(other.peerUrl));
    if (!entry) throw new Error(`${other.name} has no place`);
    await insist(() => this.client.memberRemove(entry.id));
  }

  /** By hand: makes a place for a member. */
  async invite(other: GatedMember): Promise<void> {
    await insist(() => this.client.memberAdd(other.peerUrl, true));
  }

  /** By hand: gives a learner its vote, once it has caught up. */
  async promote(other: GatedMember): Promise<void> {
    const entry = (await this.list()).find(({ peerUrls }) => peerUrls.includes(other.peerUrl));
    await insist(() => this.client.memberPromote(entry?.id ?? 0n));
  }

  async leads(): Promise<boolean> {
    const status = await this.client.status();
    return status.leader === status.memberId;
  }
}

/** Again and again while there is no leader, or a member is too young to be counted on. */
export async function insist<T>(work: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const final = error instanceof EtcdError && /already|not found/.test(error.message);
      if (final || Date.now() > deadline) throw error;
      await delay(250);
    }
  }
}

/** Members of one cluster, with gates and servers of their own. */
export function cluster(
  root: string,
  count: number,
  change: Partial<EtcdGateSettings> = {},
  members = count,
): GatedMember[] {
  const ports = gatedPorts();
  const settings = loopbackSettings(members, ports, {
    founders: Array.from({ length: count }, (_, id) => id),
    ...change,
  });
  return Array.from(
    { length: members },
    (_, id) => new GatedMember(id, path.join(root, String(id)), ports, settings),
  );
}
