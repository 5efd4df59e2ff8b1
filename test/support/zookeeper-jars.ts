import { execFile, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { promisify } from 'node:util';

/** Version of the server that the tests run against. */
export const ZOOKEEPER_VERSION = '3.9.5';

/** Why no real server can be run here, undefined when one can. */
export const zookeeperMissing: string | undefined = whatIsMissing();

// The last three are not transitive: the distribution of ZooKeeper adds them, in these versions.
const DEPENDENCIES = [
  `org.apache.zookeeper:zookeeper:${ZOOKEEPER_VERSION}`,
  'ch.qos.logback:logback-classic:1.3.15',
  'io.dropwizard.metrics:metrics-core:4.1.12.1',
  'org.xerial.snappy:snappy-java:1.1.10.5',
];

/** Fetches the jars unless that was done before; gives the class path. Takes a minute the first time. */
export async function zookeeperClassPath(): Promise<string> {
  const jars = path.join(cacheDir(), 'jars');
  if (!fs.existsSync(jars)) await fetchJars(jars);
  return path.join(jars, '*');
}

function cacheDir(): string {
  const base = process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache');
  return path.join(base, 'cdk8s-stateful-test', `zookeeper-${ZOOKEEPER_VERSION}`);
}

// Fetched aside and then renamed, so that an interrupted or a second run never sees half of the jars.
async function fetchJars(jars: string): Promise<void> {
  fs.mkdirSync(path.dirname(jars), { recursive: true });
  const aside = fs.mkdtempSync(path.join(path.dirname(jars), 'fetch-'));
  try {
    fs.writeFileSync(path.join(aside, 'pom.xml'), pom());
    const args = ['-q', '-B', '-f', path.join(aside, 'pom.xml'), 'dependency:copy-dependencies'];
    await promisify(execFile)('mvn', [...args, `-DoutputDirectory=${path.join(aside, 'jars')}`]);
    fs.renameSync(path.join(aside, 'jars'), jars);
  } catch (error) {
    if (!fs.existsSync(jars)) throw error;
  } finally {
    fs.rmSync(aside, { recursive: true, force: true });
  }
}

function pom(): string {
  const dependencies = DEPENDENCIES.map((coordinates) => {
    const [group, artifact, version] = coordinates.split(':');
    const id = `<groupId>${group}</groupId><artifactId>${artifact}</artifactId>`;
    return `    <dependency>${id}<version>${version}</version></dependency>`;
  });
  return [
    '<project xmlns="http://maven.apache.org/POM/4.0.0">',
    '  <modelVersion>4.0.0</modelVersion>',
    '  <groupId>test</groupId><artifactId>zookeeper-jars</artifactId><version>1</version>',
    '  <packaging>pom</packaging>',
    `  <dependencies>\n${dependencies.join('\n')}\n  </dependencies>`,
    '</project>\n',
  ].join('\n');
}

function whatIsMissing(): string | undefined {
  if (spawnSync('java', ['-version']).status !== 0) return 'java is missing';
  if (fs.existsSync(path.join(cacheDir(), 'jars'))) return undefined;
  return spawnSync('mvn', ['-version']).status === 0 ? undefined : 'mvn is missing';
}
