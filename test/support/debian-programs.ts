import { execFile, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { promisify } from 'node:util';

/** Programs that Debian has in packages of a suite. */
export interface DebianPrograms {
  /** Name of the directory that they are kept in. */
  readonly name: string;
  readonly suite: string;
  readonly packages: readonly string[];
  /** Names that they are called by, and the files in the packages. */
  readonly programs: Readonly<Record<string, string>>;
  /** Program that tells its version by `--version`, and what that must contain: a suite moves on. */
  readonly version: readonly [program: string, contains: string];
}

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
const run = promisify(execFile);

/** Why these programs cannot be had here, undefined when they can. */
export function whatDebianMisses(names: readonly string[]): string | undefined {
  if (names.every((name) => fs.existsSync(directoryOf(name)))) return undefined;
  for (const tool of ['apt-get', 'dpkg-deb'])
    if (spawnSync(tool, ['--version']).status !== 0) return `${tool} is missing`;
  return fs.existsSync(KEYRING) ? undefined : 'the keys of Debian (debian-archive-keyring) are missing';
}

const building = new Map<string, Promise<void>>();

/**
 * Directory with these programs, each with the libraries of its suite. They are fetched with apt from the mirror that this
 * machine uses, which takes some seconds the first time; nothing is installed.
 */
export async function debianPrograms(wanted: DebianPrograms): Promise<string> {
  const directory = directoryOf(wanted.name);
  if (!fs.existsSync(directory)) {
    const built = building.get(wanted.name) ?? build(wanted, directory);
    building.set(wanted.name, built);
    await built.finally(() => building.delete(wanted.name));
  }
  return path.join(directory, 'bin');
}

function directoryOf(name: string): string {
  const base = process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache');
  return path.join(base, 'cdk8s-stateful-test', name);
}

// Built aside and then renamed, so that an interrupted or a second run never sees half of them.
async function build(wanted: DebianPrograms, directory: string): Promise<void> {
  fs.mkdirSync(path.dirname(directory), { recursive: true });
  const aside = fs.mkdtempSync(path.join(path.dirname(directory), 'build-'));
  try {
    const root = await unpack(wanted, aside);
    const kept = path.join(aside, 'kept');
    await keep(wanted, root, kept, directory);
    fs.renameSync(kept, directory);
  } catch (error) {
    if (!fs.existsSync(directory)) throw error;
  } finally {
    fs.rmSync(aside, { recursive: true, force: true });
  }
}

/** Unpacks the packages, and all that they need, as on a machine where nothing is installed. */
async function unpack({ suite, packages }: DebianPrograms, aside: string): Promise<string> {
  const at = (name: string) => path.join(aside, name);
  for (const name of ['lists/partial', 'archives/partial', 'parts', 'root'])
    fs.mkdirSync(at(name), { recursive: true });
  fs.writeFileSync(at('status'), '');
  fs.writeFileSync(at('sources'), `deb [signed-by=${KEYRING}] ${debianMirror()} ${suite} main\n`);
  const options = {
    'Dir::State': aside,
    'Dir::State::lists': at('lists'),
    'Dir::State::status': at('status'),
    'Dir::Cache': aside,
    'Dir::Cache::archives': at('archives'),
    'Dir::Etc::sourcelist': at('sources'),
    'Dir::Etc::sourceparts': at('parts'),
    // A mirror may be a frozen copy whose list has run out; signatures are checked all the same.
    'Acquire::Check-Valid-Until': 'false',
    'Acquire::Languages': 'none',
    'APT::Sandbox::User': '',
    'Debug::NoLocking': 'true',
  };
  const flags = Object.entries(options).map(([option, value]) => `-o${option}=${value}`);
  await run('apt-get', [...flags, '-qq', 'update']);
  const fetch = ['-qq', '-y', '--no-install-recommends', '--download-only', 'install'];
  await run('apt-get', [...flags, ...fetch, ...packages]);
  for (const file of entries(at('archives')).filter((each) => each.endsWith('.deb')))
    await run('dpkg-deb', ['-x', file, at('root')]);
  return at('root');
}

/** The mirror that this machine itself uses, which may be the only one that it reaches. */
function debianMirror(): string {
  const files = ['/etc/apt/sources.list', ...entries('/etc/apt/sources.list.d')].filter(fs.existsSync);
  const text = files.map((file) => fs.readFileSync(file, 'utf8')).join('\n');
  return (
    /^(?:URIs:|deb )(?:.*\s)?(\S+\/debian\/?)(?:\s|$)/m.exec(text)?.[1] ?? 'http://deb.debian.org/debian'
  );
}

/** Keeps the programs and the libraries that they load, and writes scripts that start them. */
async function keep(
  { suite, programs, version }: DebianPrograms,
  root: string,
  kept: string,
  directory: string,
): Promise<void> {
  for (const name of ['bin', 'lib', 'programs']) fs.mkdirSync(path.join(kept, name), { recursive: true });
  const libraries = ['lib', 'usr/lib']
    .flatMap((name) => entries(path.join(root, name)))
    .filter((entry) => entry.includes('-linux-gnu'));
  const loader = libraries.flatMap(entries).find((file) => /\/ld-linux[^/]*\.so\.\d+$/.test(file));
  if (!loader) throw new Error(`Debian ${suite}: no loader of programs in its packages`);
  const keepLibrary = (file: string) => {
    const target = path.join(kept, 'lib', path.basename(file));
    if (!fs.existsSync(target)) fs.copyFileSync(file, target);
  };
  keepLibrary(loader);
  // Its own loader and libraries, and no others.
  const words = (home: string, program: string) => {
    const at = (...names: string[]) => path.join(home, ...names);
    return [at('lib', path.basename(loader)), '--library-path', at('lib'), at('programs', program)];
  };
  for (const [program, file] of Object.entries(programs)) {
    const binary = path.join(kept, 'programs', program);
    fs.copyFileSync(path.join(root, file), binary);
    const { stdout } = await run(loader, ['--library-path', libraries.join(':'), '--list', binary]);
    for (const [, library] of stdout.matchAll(/=> (\/.+) \(0x/g)) keepLibrary(library);
    const start = words(directory, program).map((word) => `'${word}'`);
    const script = `#!/bin/sh\nexec ${start.join(' ')} "$@"\n`;
    fs.writeFileSync(path.join(kept, 'bin', program), script, { mode: 0o755 });
  }
  const [command, ...args] = words(kept, version[0]);
  const { stdout, stderr } = spawnSync(command, [...args, '--version'], { encoding: 'utf8' });
  const says = `${stdout}${stderr}`;
  if (!says.includes(version[1]))
    throw new Error(`Debian ${suite} has ${says.trim()}, where ${version[1].trim()} is wanted`);
}

function entries(directory: string): string[] {
  return fs.existsSync(directory) ? fs.readdirSync(directory).map((name) => path.join(directory, name)) : [];
}
