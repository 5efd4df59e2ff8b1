import { type ChildProcess, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** Where all servers of tests listen. */
export const LOOPBACK = '127.0.0.1';

/** What is waited for: how often it is looked for, and for how long, in milliseconds. */
export interface Patience {
  readonly everyMs: number;
  readonly timeoutMs: number;
}

/** A server in a process of its own, with its files in a directory of its own, and what it writes in `out.log` there. */
export class ServerProcess {
  private child: ChildProcess | undefined;
  private logStart = 0;

  constructor(readonly dir: string) {}

  get pid(): number | undefined {
    return this.child?.pid;
  }

  /** What the server wrote so far, in all its lives. */
  get log(): string {
    return fs.readFileSync(this.logFile, 'utf8');
  }

  /** What it wrote since it was started last. */
  get logSinceStart(): string {
    return fs.readFileSync(this.logFile).subarray(this.logStart).toString();
  }

  /** Exit code or signal, once it has ended. */
  get ended(): number | string | undefined {
    return this.child?.exitCode ?? this.child?.signalCode ?? undefined;
  }

  /** Ends the process and waits for its end. */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGKILL'): Promise<void> {
    const child = this.child;
    this.child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await ended;
  }

  /** Stops all of its threads, which takes the kernel a moment, until `resume`. */
  async pause(): Promise<void> {
    this.child?.kill('SIGSTOP');
    while (this.pid !== undefined && !isPaused(this.pid)) await delay(5);
  }

  resume(): void {
    this.child?.kill('SIGCONT');
  }

  /** Starts the process; where no environment is given, with that of the tests. */
  spawn(command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): void {
    const out = fs.openSync(this.logFile, 'a');
    this.logStart = fs.fstatSync(out).size;
    this.child = spawn(command, args, { cwd: this.dir, env, stdio: ['ignore', out, out] });
    fs.closeSync(out);
  }

  /**
   * Waits until `look` finds what tells that it serves, and gives that.
   * @throws Error with what it wrote last, when it ends before, or takes too long
   */
  async until<T>(
    name: string,
    look: () => Promise<T | undefined> | T | undefined,
    { everyMs, timeoutMs }: Patience,
  ): Promise<T> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const found = await look();
      if (found) return found;
      if (this.ended !== undefined || Date.now() > deadline) {
        const how = this.ended === undefined ? `after ${timeoutMs} ms` : `exit ${this.ended}`;
        throw new Error(`${name} in ${this.dir} does not serve (${how}):\n${excerpt(this.logSinceStart)}`);
      }
      await delay(everyMs);
    }
  }

  private get logFile(): string {
    return path.join(this.dir, 'out.log');
  }
}

/** What tells why a server ended: the errors in its log, which may have written much since, and its last lines. */
function excerpt(log: string): string {
  const lines = log.split('\n').map((line) => line.slice(0, 500));
  const errors = lines.slice(0, -20).filter((line) => /\b(ERROR|FATAL|panic)\b|Exception\b/i.test(line));
  return [...errors.slice(-10), ...lines.slice(-20)].join('\n');
}

/** Whether no thread of a process runs any more: `/proc/PID/task/TID/stat` is `TID (name) state ...`. */
function isPaused(pid: number): boolean {
  const tasks = `/proc/${pid}/task`;
  return fs.readdirSync(tasks).every((tid) => {
    const stat = fs.readFileSync(path.join(tasks, tid, 'stat'), 'utf8');
    return 'TtZX'.includes(stat[stat.lastIndexOf(')') + 2]);
  });
}
