import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { JavaProcess, propertiesOf, type Settings } from './java-process';
import { KAFKA_VERSION, kafkaClassPath } from './kafka-jars';

const LOG4J = `log4j.rootLogger=INFO, OUT
log4j.appender.OUT=org.apache.log4j.ConsoleAppender
log4j.appender.OUT.layout=org.apache.log4j.PatternLayout
log4j.appender.OUT.layout.ConversionPattern=%d %-5p %c{1} %m%n
`;
const LOG4J2 = `appender.OUT.type=Console
appender.OUT.name=OUT
appender.OUT.layout.type=PatternLayout
appender.OUT.layout.pattern=%d %-5level %logger{1} %msg%n
rootLogger.level=INFO
rootLogger.appenderRef.OUT.ref=OUT
`;

/** Whether a server has written that it has started: a broker does once it is unfenced, a controller once it knows the quorum. */
export function saysStarted(log: string): boolean {
  return /\bKafka Server started\b|\[KafkaServer id=\d+\] started\b/.test(log);
}

/**
 * Has a server of Kafka write to its standard output, by a file in this directory; gives the flag of java that makes it so.
 */
export function logToOutput(dir: string, version: string): string {
  const [name, text, flag] = version.startsWith('3.')
    ? ['log4j.properties', LOG4J, '-Dlog4j.configuration=file:']
    : ['log4j2.properties', LOG4J2, '-Dlog4j2.configurationFile='];
  const file = path.join(dir, name);
  fs.writeFileSync(file, text);
  return `${flag}${file}`;
}

/** A Kafka server in a process of its own, with its files in a directory of its own. */
export class KafkaProcess extends JavaProcess {
  /** Where its logs are, `log.dirs`. */
  readonly data = path.join(this.dir, 'data');

  constructor(
    dir: string,
    readonly version: string = KAFKA_VERSION,
    private readonly jvm: readonly string[] = [],
  ) {
    super(dir);
  }

  /** Its server.properties. */
  get propertiesFile(): string {
    return path.join(this.dir, 'server.properties');
  }

  /** Writes server.properties; `log.dirs` and what keeps the server small are set already. */
  configure(settings: Settings): void {
    const small = {
      'num.network.threads': 1,
      'num.io.threads': 2,
      'background.threads': 1,
      'log.cleaner.dedupe.buffer.size': 2_097_152,
      'log.cleaner.io.buffer.size': 65_536,
    };
    fs.mkdirSync(this.dir, { recursive: true });
    fs.writeFileSync(this.propertiesFile, propertiesOf({ 'log.dirs': this.data, ...small, ...settings }));
  }

  /** `kafka-storage.sh format` with its own configuration and these arguments; gives what it writes, and rejects where it refuses. */
  async format(clusterId: string, ...args: string[]): Promise<string> {
    const command = ['format', `-t=${clusterId}`, '-c', this.propertiesFile, ...args];
    return runKafkaTool(this.version, 'kafka.tools.StorageTool', command);
  }

  /** Starts the process; `serving` tells when it takes requests. */
  async start(): Promise<void> {
    this.spawnJava({
      classPath: await kafkaClassPath(this.version),
      heap: '256m',
      jvm: [logToOutput(this.dir, this.version), ...this.jvm],
      main: ['kafka.Kafka', this.propertiesFile],
    });
  }

  /** Waits until the server says that it has started. */
  async serving(timeoutMs = 150_000): Promise<void> {
    await this.until('Kafka', () => saysStarted(this.logSinceStart), { everyMs: 50, timeoutMs });
  }
}

/** Runs a class of Kafka's tools to its end and gives what it writes; rejects with all of it where it fails. */
export async function runKafkaTool(version: string, main: string, args: readonly string[]): Promise<string> {
  const jvm = ['-Xmx128m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
  const command = [...jvm, '-cp', await kafkaClassPath(version), main, ...args];
  const { stdout } = await promisify(execFile)('java', command).catch((error) => {
    throw new Error(`${main} ${args.join(' ')}: ${error.stdout}${error.stderr}`);
  });
  return stdout;
}
