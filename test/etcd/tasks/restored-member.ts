import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { EtcdClient } from '../../../lib/etcd/api/etcd-client';
import { health } from '../../../lib/etcd/api/health';
import { restoreCommand } from '../../../lib/etcd/etcd-restore';
import type { EtcdDecision } from '../../../lib/etcd/gate/facts';
import { prepareRestore } from '../../../lib/etcd/gate/prepare-restore';
import { runEtcdGate } from '../../../lib/etcd/gate/run';
import type { EtcdGatePaths, EtcdGateSettings } from '../../../lib/etcd/gate/settings';
import { etcdBinaries, runEtcdTool } from '../../support/etcd-cluster';
import { ServerProcess } from '../../support/process';
import { rcloneDirectory } from '../../support/rclone';
import { pathsIn } from '../gate/volumes';
import { SCRIPTS } from '../scripts/scripts';

/** Runs a script of backups and restores with rclone itself, and gives what it logs. */
export async function runScript(
  script: 'upload.sh' | 'download.sh',
  env: Readonly<Record<string, string>>,
): Promise<Record<string, unknown>[]> {
  const PATH = `${await rcloneDirectory()}:${process.env.PATH}`;
  const { status, stdout, stderr } = spawnSync('sh', [path.join(SCRIPTS, script)], {
    encoding: 'utf8',
    env: { PATH, ...env },
  });
  if (status !== 0) throw new Error(`${script}: ${stdout}${stderr}`);
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

/** A pod that starts from a backup: its volumes, and one container after the other. */
export class RestoredMember extends ServerProcess {
  readonly paths: EtcdGatePaths;
  readonly host: string;
  private readonly work: string;
  private readonly name: string;

  constructor(
    root: string,
    private readonly settings: EtcdGateSettings,
    id: number,
    private readonly gatePort: number,
  ) {
    super(path.join(root, `etcd-${id}`));
    const { name, host } = settings.members[id];
    this.name = name;
    this.host = host;
    this.paths = pathsIn(this.dir);
    this.work = path.join(this.dir, 'work');
    const url = (port: number) => `http://${host}:${port}`;
    const common = {
      'data-dir': path.join(this.paths.data, 'data'),
      ...(settings.walVolume && { 'wal-dir': path.join(this.paths.wal, 'wal') }),
      'listen-client-urls': url(settings.clientPort),
      'listen-peer-urls': url(settings.peerPort),
      'listen-metrics-urls': url(settings.metricsPort),
    };
    const lines = Object.entries(common).map(([key, value]) => `${key}: ${value}\n`);
    fs.writeFileSync(path.join(this.paths.config, 'etcd.yaml'), lines.join(''));
    fs.writeFileSync(path.join(this.paths.config, 'gate.json'), JSON.stringify(settings));
  }

  get client(): EtcdClient {
    return new EtcdClient({ host: this.host, port: this.settings.clientPort }, { timeoutMs: 10_000 });
  }

  /** What the first container decides. The directory that it shares with the others is as new as the pod. */
  prepare(): string {
    fs.rmSync(this.work, { recursive: true, force: true });
    fs.mkdirSync(this.work);
    return prepareRestore({ podName: this.name, paths: this.paths, log: () => {}, work: this.work });
  }

  /** What the second one logs. */
  download(source: string): Promise<Record<string, unknown>[]> {
    return runScript('download.sh', {
      PLAN: path.join(this.work, 'plan'),
      SOURCE: path.dirname(source),
      SNAPSHOT: path.basename(source),
      DIRECTORY: path.join(this.paths.data, 'restore'),
    });
  }

  /** The third one, which runs always. */
  async restore(): Promise<void> {
    const { settings, work, name, host } = this;
    const url = (at: string) => `http://${at}:${settings.peerPort}`;
    const [, ...args] = restoreCommand({
      snapshot: path.join(work, 'snapshot.db'),
      name,
      initialCluster: settings.members.map((each) => `${each.name}=${url(each.host)}`).join(','),
      token: settings.token,
      peerUrl: url(host),
      dataDir: path.join(work, 'target/restored'),
      walDir: settings.walVolume ? path.join(work, 'target-wal/restored') : undefined,
    });
    await runEtcdTool('etcdutl', args, settings.version);
  }

  gate(): Promise<EtcdDecision> {
    const { paths, host, gatePort: port } = this;
    return runEtcdGate({ podName: this.name, paths, log: () => {}, host, port, pollMs: 50, lingerMs: 500 });
  }

  /** Starts the server with what the gate wrote. */
  async start(): Promise<void> {
    const command = path.join(await etcdBinaries(this.settings.version), 'etcd');
    this.spawn(command, [`--config-file=${path.join(this.paths.run, 'etcd.yaml')}`]);
  }

  async serving(): Promise<void> {
    const at = { host: this.host, port: this.settings.metricsPort };
    const serves = () =>
      health(at, 2_000).then(
        ({ linearizable }) => linearizable,
        () => false,
      );
    await this.until('etcd', serves, { everyMs: 100, timeoutMs: 60_000 });
  }
}
