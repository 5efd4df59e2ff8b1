import * as path from 'node:path';
import { debianPrograms, whatDebianMisses } from './debian-programs';

/** Releases that tests of compatibility run against, oldest first, and the suites of Debian that have them. */
const SUITES = {
  'redis-7.0': 'bookworm',
  'redis-8.0': 'trixie',
  'valkey-8.1': 'trixie',
  'valkey-9.1': 'sid',
} as const;

/** A release of Redis or Valkey. */
export type RedisRelease = keyof typeof SUITES;

/** Releases that tests of compatibility run against, oldest first. */
export const REDIS_RELEASES = Object.keys(SUITES) as readonly RedisRelease[];

/** Release that most tests run against. */
export const REDIS_RELEASE: RedisRelease = 'redis-8.0';

/** Why no real servers can be run here, undefined when they can. */
export const redisMissing: string | undefined = whatDebianMisses(REDIS_RELEASES);

/** Why Twemproxy cannot be run here, undefined when it can. */
export const twemproxyMissing: string | undefined = whatDebianMisses(['twemproxy']);

/**
 * Directory with `redis-server`, `redis-sentinel`, `redis-cli`, `redis-check-rdb` and `redis-check-aof` of a release; those of
 * Valkey have its name. They are fetched the first time, which takes some seconds.
 */
export function redisBinaries(release: RedisRelease = REDIS_RELEASE): Promise<string> {
  const [flavor, line] = release.split('-');
  // The server is a Sentinel, too, by the name that it is called by.
  const files = {
    server: 'server',
    sentinel: 'server',
    cli: 'cli',
    'check-rdb': 'check-rdb',
    'check-aof': 'check-aof',
  };
  const programs = Object.entries(files).map(([tool, file]) => [
    `${flavor}-${tool}`,
    `usr/bin/${flavor}-${file}`,
  ]);
  return debianPrograms({
    name: release,
    suite: SUITES[release],
    packages: [`${flavor}-server`, `${flavor}-tools`],
    programs: Object.fromEntries(programs),
    version: [`${flavor}-server`, ` v=${line}.`],
  });
}

/** The program of Twemproxy. */
export async function twemproxyBinary(): Promise<string> {
  const directory = await debianPrograms({
    name: 'twemproxy',
    suite: 'trixie',
    packages: ['nutcracker'],
    programs: { nutcracker: 'usr/sbin/nutcracker' },
    version: ['nutcracker', 'nutcracker-0.5.'],
  });
  return path.join(directory, 'nutcracker');
}
