import * as fs from 'node:fs';
import * as path from 'node:path';
import { onTestFinished } from 'vitest';
import { Agent } from '../../../lib/redis/twemproxy/agent';
import { configure, type TwemproxyRun } from '../../../lib/redis/twemproxy/configure';
import type { Layout } from '../../../lib/redis/twemproxy/layout';
import { redisAuth } from '../../../lib/redis/twemproxy/passwords';
import type { TwemproxySettings } from '../../../lib/redis/twemproxy/settings';
import { agentRules, CHANGES_CHANNEL, CLIENT_RULES } from '../../../lib/redis/twemproxy-rights';
import { connect } from '../../../lib/redis/wire/redis-client';
import { LOOPBACK } from '../../support/process';
import { RedisProcess, type RedisRelease } from '../../support/redis-process';
import { temporary } from '../../support/temporary';
import { type ProxyClient, TwemproxyProcess } from './twemproxy-process';

/** With all that has to be quoted somewhere. */
export const PASSWORD = 'p "a#:s\\\'{x}é😀';
export const AGENT = { username: 'proxy-agent', password: 'agent-password' };

/** A server as the steward makes it a shard: with the users of a proxy and of its agent. */
export async function startShard(release?: RedisRelease): Promise<RedisProcess> {
  const shard = new RedisProcess(temporary(), { release });
  onTestFinished(() => shard.stop());
  fs.writeFileSync(
    path.join(shard.dir, 'users.acl'),
    'user default off\nuser steward on nopass ~* &* +@all\n',
  );
  shard.configure({ aclfile: path.join(shard.dir, 'users.acl') });
  await shard.start();
  await shard.serving();
  await admit(shard);
  return shard;
}

/** Gives a server the users of a proxy and of its agent. */
export async function admit(shard: RedisProcess, use: 'store' | 'cache' = 'store'): Promise<void> {
  const steward = administrator(shard);
  await steward.command('ACL', 'SETUSER', 'default', 'reset', 'on', `>${PASSWORD}`, '~*', ...CLIENT_RULES);
  const { username, password } = AGENT;
  const rights = ['~*', 'resetchannels', `&${CHANGES_CHANNEL}`, ...agentRules(use)];
  await steward.command('ACL', 'SETUSER', username, 'reset', 'on', `>${password}`, ...rights);
  steward.close();
}

export const administrator = (shard: RedisProcess) => shard.client({ username: 'steward', password: '' });

/** Shards of a store by their names. */
export type Shards = Readonly<Record<string, RedisProcess>>;

export const layoutOf = (shards: Shards): Layout => ({
  shards: Object.keys(shards),
  hash: 'md5',
  hashTag: '{}',
});

/** What programs beside a proxy before these shards are told. */
export function settingsOf(
  shards: Shards,
  leaving: Shards = {},
  change: Partial<TwemproxySettings> = {},
): TwemproxySettings {
  const list = (of: Shards) =>
    Object.entries(of).map(([name, { address }]) => ({ name, master: address, servers: [address] }));
  return {
    name: 'proxy',
    namespace: 'data',
    use: 'store',
    layout: layoutOf(shards),
    shards: list(shards),
    leaving: list(leaving),
    user: AGENT.username,
    serverConnections: 1,
    timeoutMs: 500,
    selector: { app: 'proxy' },
    ...change,
  };
}

/** A proxy's pod: the proxy, and what runs beside it. */
export class ProxyPod {
  readonly lines: Record<string, unknown>[] = [];
  readonly run: TwemproxyRun;
  agent: Agent | undefined;
  private readonly clients: ProxyClient[] = [];

  private constructor(
    readonly proxy: TwemproxyProcess,
    readonly settings: TwemproxySettings,
  ) {
    const at = (name: string) => path.join(proxy.dir, name);
    for (const [directory, password] of Object.entries({ password: PASSWORD, agent: AGENT.password })) {
      fs.mkdirSync(at(directory));
      fs.writeFileSync(path.join(at(directory), 'password'), `${password}\n`);
    }
    const paths = { password: at('password'), agent: at('agent'), run: at('run') };
    this.run = { settings, paths, connect, log: (line) => this.lines.push(line) };
  }

  static create(settings: TwemproxySettings): ProxyPod {
    const pod = new ProxyPod(TwemproxyProcess.create(temporary()), settings);
    onTestFinished(() => pod.stop());
    return pod;
  }

  /** Starts it, as soon as it may. */
  async start(): Promise<void> {
    await configure(this.run, this.pool, 20);
    await this.proxy.start(path.join(this.run.paths.run, 'nutcracker.yml'));
    this.agent = this.newAgent();
  }

  /** Starts the proxy without waiting for anything. */
  async force(): Promise<void> {
    const { run } = this.run.paths;
    fs.mkdirSync(run, { recursive: true });
    fs.writeFileSync(path.join(run, 'password'), PASSWORD);
    fs.writeFileSync(path.join(run, 'nutcracker.yml'), this.pool + redisAuth(PASSWORD));
    await this.proxy.start(path.join(run, 'nutcracker.yml'));
    this.agent = this.newAgent();
  }

  /** A client that has logged in. */
  async client(): Promise<ProxyClient> {
    const client = this.proxy.client();
    this.clients.push(client);
    await client.ask('AUTH', PASSWORD);
    return client;
  }

  async stop(): Promise<void> {
    for (const client of this.clients) client.close();
    await this.proxy.stop();
  }

  private newAgent(): Agent {
    const { clients, stats } = this.proxy;
    return new Agent(this.run, { host: LOOPBACK, clients, stats, podIp: LOOPBACK });
  }

  private get pool(): string {
    const { name, layout, timeoutMs, serverConnections, shards } = this.settings;
    const servers = shards.map((shard) => `   - ${shard.master.host}:${shard.master.port}:1 ${shard.name}\n`);
    const lines = [
      `${name}:`,
      `  listen: ${LOOPBACK}:${this.proxy.clients}`,
      `  hash: ${layout.hash}`,
      `  hash_tag: "${layout.hashTag}"`,
      '  distribution: ketama',
      '  redis: true',
      `  timeout: ${timeoutMs}`,
      `  server_connections: ${serverConnections}`,
      '  auto_eject_hosts: false',
      '  servers:',
    ];
    return `${lines.join('\n')}\n${servers.join('')}`;
  }
}
