import { cutOff } from '../faults/pods';
import { sleep } from '../harness/wait';
import type { Numbers } from '../witness/witness';
import { type Deployment, ROLLING } from './deployment';

/** Time that a master is cut off, in milliseconds. */
const CUT_MS = 120_000;
const PACE_MS = 1_000;

/** Whom a case cuts off, and what is to be seen then. */
export interface CutOff {
  /** Pod of the master. */
  readonly master: string;
  /** Waits until another one has taken its place. */
  expectSuccessor(): Promise<void>;
  /** A key that it has. */
  key(number: number): string;
  /** Milliseconds after which it must not take writes any more. */
  readonly refusesWithin: number;
}

/**
 * The network of a master's pod is gone for two minutes, then it comes back. Somebody in its own pod goes on writing to it: it
 * stops taking writes, and none of those that it took survives.
 */
export async function cutMaster(
  subject: Deployment,
  { master, expectSuccessor, key, refusesWithin }: CutOff,
): Promise<Numbers> {
  const { run } = subject;
  const login = await subject.witnessLogin();
  const heal = await cutOff(run, master);
  const begin = performance.now();
  const taken: number[] = [];
  let number = 0;
  const write = async () => {
    number += 1;
    const answer = await subject
      .cliAs(login, master, 'SET', key(number), 'from the old master')
      .catch(String);
    if (answer === 'OK') taken.push(performance.now() - begin);
  };
  while (performance.now() - begin < CUT_MS) {
    await write();
    await sleep(PACE_MS);
  }
  await expectSuccessor();
  await subject.witness.writesAgain(60);
  const last = taken.at(-1) ?? 0;
  console.log(
    `${run.name}: ${master} took ${taken.length} writes while cut off, the last after ${Math.round(last)} ms`,
  );
  if (last > refusesWithin)
    return run.fail(`${master} still took a write ${Math.round(last)} ms after it had been cut off`);
  await heal();
  await subject.settled(ROLLING);
  await expectNothingOf(subject, number);
  return subject.finish();
}

async function expectNothingOf(subject: Deployment, count: number): Promise<void> {
  const login = await subject.witnessLogin();
  for (const pod of await subject.serversAs('master')) {
    const keys = await subject.cliAs(login, pod, '--scan', '--pattern', 'witness:cut:*');
    if (keys)
      await subject.run.fail(
        `${pod} has writes that a master took while it was cut off (of ${count}): ${keys}`,
      );
  }
}
