import { execFile, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { promisify } from 'node:util';

/** Releases that tests of compatibility run against, oldest first. */
export const ETCD_VERSIONS = ['3.5.33', '3.6.14'] as const;

/** Release that most tests run against. */
export const ETCD_VERSION = '3.6.14';

const TOOLS = { etcd: 'server', etcdctl: 'etcdctl', etcdutl: 'etcdutl' } as const;

/** A program of etcd's. */
export type EtcdTool = keyof typeof TOOLS;

/** Why no real etcd can be run here, undefined when one can. */
export function whatIsMissing(versions: readonly string[] = ETCD_VERSIONS): string | undefined {
  if (versions.every((version) => fs.existsSync(directoryOf(version)))) return undefined;
  return spawnSync('go', ['version']).status === 0 ? undefined : 'go is missing';
}

/** Why no real etcd can be run here, undefined when one can. */
export const etcdMissing: string | undefined = whatIsMissing();

const building = new Map<string, Promise<void>>();

/** Directory with `etcd`, `etcdctl` and `etcdutl` of a release. They are built with Go the first time, which takes a minute. */
export async function etcdBinaries(version: string = ETCD_VERSION): Promise<string> {
  const directory = directoryOf(version);
  if (!fs.existsSync(directory)) {
    const built = building.get(version) ?? build(version, directory);
    building.set(version, built);
    await built.finally(() => building.delete(version));
  }
  return directory;
}

/** Runs etcdctl or etcdutl to its end and gives what it writes; rejects with all of it where it fails. */
export async function runEtcdTool(
  tool: EtcdTool,
  args: readonly string[],
  version: string = ETCD_VERSION,
): Promise<string> {
  const command = path.join(await etcdBinaries(version), tool);
  const { stdout } = await promisify(execFile)(command, args).catch((error) => {
    throw new Error(`${tool} ${args.join(' ')}: ${error.stdout}${error.stderr}`);
  });
  return stdout;
}

function directoryOf(version: string): string {
  const base = process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache');
  return path.join(base, 'cdk8s-stateful-test', `etcd-${version}`, 'bin');
}

// Built aside and then renamed, so that an interrupted or a second run never sees half of them.
async function build(version: string, directory: string): Promise<void> {
  fs.mkdirSync(path.dirname(directory), { recursive: true });
  const aside = fs.mkdtempSync(path.join(path.dirname(directory), 'build-'));
  const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=mod' };
  const go = (...args: string[]) => promisify(execFile)('go', args, { cwd: aside, env });
  try {
    fs.writeFileSync(path.join(aside, 'go.mod'), 'module test\n');
    const modules = Object.values(TOOLS).map((name) => `go.etcd.io/etcd/${name}/v3`);
    await go('get', ...modules.map((name) => `${name}@v${version}`));
    for (const [tool, name] of Object.entries(TOOLS))
      await go('build', '-trimpath', '-o', path.join('bin', tool), `go.etcd.io/etcd/${name}/v3`);
    fs.renameSync(path.join(aside, 'bin'), directory);
  } catch (error) {
    if (!fs.existsSync(directory)) throw error;
  } finally {
    fs.rmSync(aside, { recursive: true, force: true });
  }
}
