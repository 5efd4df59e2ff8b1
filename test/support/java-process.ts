import { ServerProcess } from './process';

// Small and quick to start: a test runs several at once on few cores.
const JVM = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-XX:-UsePerfData', '-Xshare:auto'];

/** Settings of a properties file by name. */
export type Settings = Readonly<Record<string, string | number | boolean>>;

/** Settings as lines of `name=value`. */
export function propertiesOf(settings: Settings): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

/** What a JVM is started with. */
export interface JavaCommand {
  readonly classPath: string;
  readonly heap: string;
  readonly jvm: readonly string[];
  /** Class with its arguments. */
  readonly main: readonly string[];
}

/** A server in a JVM of its own, with its files in a directory of its own. */
export class JavaProcess extends ServerProcess {
  protected spawnJava({ classPath, heap, jvm, main }: JavaCommand): void {
    this.spawn('java', [`-Xmx${heap}`, ...JVM, ...jvm, '-cp', classPath, ...main]);
  }
}
