import * as fs from 'node:fs';
import * as path from 'node:path';
import { askSrvr, type Srvr } from '../../lib/zookeeper/wire/four-letter';
import { JavaProcess, propertiesOf, type Settings } from './java-process';
import { LOOPBACK } from './process';
import { zookeeperClassPath } from './zookeeper-jars';

const LOGBACK = `<configuration>
  <appender name="OUT" class="ch.qos.logback.core.ConsoleAppender">
    <encoder><pattern>%d %-5level %logger{0} %msg%n</pattern></encoder>
  </appender>
  <root level="INFO"><appender-ref ref="OUT"/></root>
</configuration>
`;

/** A ZooKeeper server in a process of its own, with its files in a directory of its own. */
export class ZooKeeperProcess extends JavaProcess {
  readonly address: { readonly host: string; readonly port: number };

  constructor(
    dir: string,
    readonly clientPort: number,
    private readonly jvm: readonly string[],
  ) {
    super(dir);
    this.address = { host: LOOPBACK, port: clientPort };
  }

  /** Writes zoo.cfg; `dataDir` and what is common to all tests are set already. */
  configure(settings: Settings): void {
    const all = {
      dataDir: path.join(this.dir, 'data'),
      tickTime: 500,
      initLimit: 20,
      syncLimit: 10,
      'admin.enableServer': false,
      '4lw.commands.whitelist': '*',
      ...settings,
    };
    fs.mkdirSync(path.join(this.dir, 'data'), { recursive: true });
    fs.writeFileSync(path.join(this.dir, 'zoo.cfg'), propertiesOf(all));
    fs.writeFileSync(path.join(this.dir, 'logback.xml'), LOGBACK);
  }

  /** Starts the process; `serving` tells when it takes requests. */
  async start(): Promise<void> {
    this.spawnJava({
      classPath: await zookeeperClassPath(),
      heap: '128m',
      jvm: [`-Dlogback.configurationFile=${path.join(this.dir, 'logback.xml')}`, ...this.jvm],
      main: ['org.apache.zookeeper.server.quorum.QuorumPeerMain', path.join(this.dir, 'zoo.cfg')],
    });
  }

  /** Waits until the server takes requests, and gives what it is. */
  async serving(timeoutMs = 30_000): Promise<Srvr> {
    return this.until('ZooKeeper', () => askSrvr(this.address, 2_000), { everyMs: 100, timeoutMs });
  }
}
