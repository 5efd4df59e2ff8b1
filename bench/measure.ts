import { spawnSync } from 'node:child_process';

/** Seconds that a process and all it waited for took. */
export interface Times {
  readonly wall: number;
  /** User and system time together. */
  readonly cpu: number;
}

/** Something to run. */
export interface Command {
  readonly name: string;
  readonly argv: readonly string[];
  readonly cwd?: string;
  readonly env?: Record<string, string>;
}

/** Runs a command once. bash is asked for the times, since Node.js does not tell those of children's children. */
function run({ name, argv, cwd, env }: Command): Times {
  const script = 'exec 3>&2; TIMEFORMAT="%3R %3U %3S"; { time "$@" >/dev/null 2>&3; } 2>&1';
  const done = spawnSync('bash', ['-c', script, 'bash', ...argv], {
    cwd,
    env: { ...process.env, ...env },
    encoding: 'utf8',
  });
  if (done.status !== 0) throw new Error(`${name}: exit status ${done.status}\n${done.stderr}${done.stdout}`);
  const [wall, user, system] = done.stdout.trim().split(/\s+/).map(Number);
  return { wall, cpu: user + system };
}

/** Median of some numbers. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * Medians of commands that are run in turn, so that a machine that slows down slows all of them. The first round warms
 * caches and does not count.
 */
export function measure(commands: readonly Command[], rounds: number): Map<string, Times> {
  const all = new Map<string, Times[]>(commands.map(({ name }) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const command of commands) {
      const times = run(command);
      if (round > 0) all.get(command.name)?.push(times);
    }
  }
  return new Map(
    [...all].map(([name, times]) => [
      name,
      { wall: median(times.map((t) => t.wall)), cpu: median(times.map((t) => t.cpu)) },
    ]),
  );
}
