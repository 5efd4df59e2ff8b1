import { describe, expect, it } from 'vitest';
import { redisMissing } from '../support/redis-binaries';
import { type ReplicatedDeployment, withDeployment } from './replicated-deployment';

const roleOf = async (all: ReplicatedDeployment, pod: string): Promise<unknown> =>
  ((await all.pod(pod).client().command('ROLE')) as readonly unknown[])[0];

/** Writes that a replica had are all there after something has happened. */
async function keeps(
  all: ReplicatedDeployment,
  whatHappens: () => Promise<void>,
  timeoutMs = 60_000,
): Promise<void> {
  const writer = all.writer(1);
  await writer.more(20);
  await whatHappens();
  await all.settled(timeoutMs);
  await writer.more(20);
  await writer.end();
  expect(await writer.lost()).toEqual([]);
}

describe.skipIf(redisMissing)('what happens to a master with replicas and Sentinels', () => {
  it('is outlived by what was acknowledged, where disks are kept', { timeout: 180_000 }, () =>
    withDeployment({ servers: 3, downAfter: 5_000 }, async (all) => {
      await all.settled();
      // It comes back before anybody misses it, with everything: there is no reason to replace it.
      await keeps(all, () => all.kill('cache-0'));
      expect(all.labelled()).toEqual(['cache-0']);

      // Its volume is lost, and it comes back at once: it waits until another one is the master.
      let second = '';
      await keeps(all, async () => {
        await all.kill('cache-0', { wipe: true });
        second = await all.otherMaster('cache-0');
      });
      expect(await roleOf(all, 'cache-0')).toBe('slave');

      // It does not answer, is replaced, and takes up where it was.
      await keeps(all, async () => {
        await all.pod(second).pause();
        await all.otherMaster(second);
        all.pod(second).resume();
      });
      expect(await roleOf(all, second)).toBe('slave');

      // Everybody is gone at once, and comes back with what is on the disks.
      await keeps(all, async () => {
        const names = [...all.pods.keys()];
        for (const name of names) all.held.add(name);
        await Promise.all(names.map((name) => all.kill(name)));
        all.held.clear();
      });
    }),
  );

  it('is outlived by what was acknowledged, where nothing is kept', { timeout: 180_000 }, () =>
    withDeployment(
      { servers: 3, keepsData: false, persistence: 'none', release: 'valkey-8.1', downAfter: 5_000 },
      async (all) => {
        await all.settled();
        // Its container comes back within its pod, without a gate, and without anything in memory.
        await keeps(all, async () => {
          await all.crash('cache-0');
          await all.otherMaster('cache-0');
        });
        expect(await roleOf(all, 'cache-0')).toBe('slave');
        const [master] = all.labelled();
        await keeps(all, async () => {
          await all.kill(master, { wipe: true });
          await all.otherMaster(master);
        });

        // Everybody is gone at once, and so is the data: it starts anew with the server that Sentinels name.
        for (const { name } of all.servers()) all.held.add(name);
        await Promise.all(all.servers().map(({ name }) => all.kill(name, { wipe: true })));
        all.held.clear();
        await all.settled();
        const writer = all.writer(1);
        await writer.more(10);
        await writer.end();
      },
    ),
  );
});
