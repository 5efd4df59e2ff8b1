import { execFile, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { promisify } from 'node:util';

/** Jars of a server, with all that they depend on. */
export interface JarSet {
  /** Name of the set, with its version: they are fetched once for each name. */
  readonly name: string;
  /** `group:artifact:version` */
  readonly dependencies: readonly string[];
  /** Groups that are never wanted, whoever depends on them. */
  readonly without?: readonly string[];
}

/** Fetches the jars with Maven unless that was done before; gives the class path. Takes a minute the first time. */
export async function classPath(set: JarSet): Promise<string> {
  const jars = jarsDir(set);
  if (!fs.existsSync(jars)) await fetchJars(set, jars);
  return path.join(jars, '*');
}

/** Why no server of these jars can be run here, undefined when one can. */
export function whatIsMissing(set: JarSet): string | undefined {
  if (spawnSync('java', ['-version']).status !== 0) return 'java is missing';
  if (fs.existsSync(jarsDir(set))) return undefined;
  return spawnSync('mvn', ['-version']).status === 0 ? undefined : 'mvn is missing';
}

function jarsDir(set: JarSet): string {
  const base = process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache');
  return path.join(base, 'cdk8s-stateful-test', set.name, 'jars');
}

// Fetched aside and then renamed, so that an interrupted or a second run never sees half of the jars.
async function fetchJars(set: JarSet, jars: string): Promise<void> {
  fs.mkdirSync(path.dirname(jars), { recursive: true });
  const aside = fs.mkdtempSync(path.join(path.dirname(jars), 'fetch-'));
  try {
    fs.writeFileSync(path.join(aside, 'pom.xml'), pom(set));
    const args = ['-q', '-B', '-f', path.join(aside, 'pom.xml'), 'dependency:copy-dependencies'];
    const into = [`-DoutputDirectory=${path.join(aside, 'jars')}`, '-DincludeScope=runtime'];
    await promisify(execFile)('mvn', [...args, ...into]);
    fs.renameSync(path.join(aside, 'jars'), jars);
  } catch (error) {
    if (!fs.existsSync(jars)) throw error;
  } finally {
    fs.rmSync(aside, { recursive: true, force: true });
  }
}

function pom({ name, dependencies, without = [] }: JarSet): string {
  const exclusion = (group: string) =>
    `<exclusion><groupId>${group}</groupId><artifactId>*</artifactId></exclusion>`;
  const exclusions = `<exclusions>${without.map(exclusion).join('')}</exclusions>`;
  const lines = dependencies.map((coordinates) => {
    const [group, artifact, version] = coordinates.split(':');
    const id = `<groupId>${group}</groupId><artifactId>${artifact}</artifactId>`;
    return `    <dependency>${id}<version>${version}</version>${exclusions}</dependency>`;
  });
  return [
    '<project xmlns="http://maven.apache.org/POM/4.0.0">',
    '  <modelVersion>4.0.0</modelVersion>',
    `  <groupId>test</groupId><artifactId>${name}</artifactId><version>1</version>`,
    '  <packaging>pom</packaging>',
    `  <dependencies>\n${lines.join('\n')}\n  </dependencies>`,
    '</project>\n',
  ].join('\n');
}
