import { describe, expect, it } from 'vitest';
import { opensslMissing } from '../support/certificates';
import { redisMissing } from '../support/redis-binaries';
import { withDeployment } from './replicated-deployment';

describe.skipIf(redisMissing)('planned changes of a master with replicas and Sentinels', () => {
  it.each(['redis-7.0', 'valkey-9.1'] as const)(
    'lose nothing that was acknowledged while everything is restarted (%s)',
    (release) =>
      withDeployment({ servers: 2, release }, async (all) => {
        await all.settled();
        const writer = all.writer();
        await writer.more(20);
        const before = all.steps.length;
        all.apply({ roll: ['server', 'sentinel'] });
        await all.settled();
        await writer.more(20);
        await writer.end();
        const steps = all.steps.slice(before).map((step) => step.split(':')[0]);
        expect(steps.filter((step) => !step.startsWith('labels'))).toEqual([
          'restarts cache-sentinel-2',
          'restarts cache-sentinel-1',
          'restarts cache-sentinel-0',
          'restarts cache-1',
          'has a replica take the place of cache-0',
          'restarts cache-0',
        ]);
        expect(all.labelled()).toEqual(['cache-1']);
        expect(await writer.lost()).toEqual([]);
      }),
    120_000,
  );

  it.skipIf(opensslMissing)(
    'grow and shrink it, the master last, and have Sentinels forget who is gone, with TLS',
    async () => {
      await withDeployment({ servers: 2, tls: true }, async (all) => {
        await all.settled();
        expect(await all.pod('cache-0').script('alive.sh')).toBe('');
        expect(await all.pod('cache-sentinel-0').script('sentinel-alive.sh')).toBe('');
        // A drain of its node: it hands over by itself.
        const draining = all.writer();
        await draining.more(20);
        await all.drain('cache-0');
        await expect(all.pod('cache-1').client().command('ROLE')).resolves.toContain('master');
        await all.settled();
        await draining.end();
        expect(await draining.lost()).toEqual([]);
        const growing = all.writer();
        all.apply({ servers: 4 });
        await all.settled();
        await growing.more(10);
        await growing.end();
        expect(await growing.lost()).toEqual([]);
        await all.lead('cache-3');
        await all.settled();
        const writer = all.writer();
        all.apply({ servers: 2 });
        const facts = await all.settled();
        await writer.more(10);
        await writer.end();
        // Another password, and other settings of Sentinels, while all of them run.
        const before = all.steps.length;
        all.changePassword('internal', 'a newer one');
        all.apply({ sentinel: { quorum: 3, downAfter: 3_000 } });
        await all.settled();
        expect(all.steps.slice(before).filter((step) => step.startsWith('tells'))).toHaveLength(3);
        const [view] = await all.sentinelViews();
        expect([view.get('quorum'), view.get('down-after-milliseconds')]).toEqual(['3', '3000']);
        all.changePassword('internal', 'a newer one', { alone: true });
        await all.settled();
        const [replica] = all.servers().filter(({ name }) => !all.labelled().includes(name));
        await all.kill(replica.name);
        await all.settled();
        expect(facts.servers.members.map(({ pod }) => pod)).toEqual(['cache-0', 'cache-1']);
        expect(
          facts.sentinels?.members.map(({ says }) => says.state === 'knows' && says.replicas.length),
        ).toEqual([1, 1, 1]);
        expect(await writer.lost()).toEqual([]);
      });
    },
    120_000,
  );
});
