import type { Chart } from 'cdk8s';
import { Duration } from 'cdk8s';
import type { RedisServerProps } from '../../../lib/redis';
import { backups, existing, prepareStore, runNow, s3Objects } from '../harness/object-store';
import { expectStewardReady } from '../harness/subject';
import { missing } from '../harness/wait';
import { callProgram, firstOf } from '../witness/pod';
import { READER } from '../witness/redis/witness';
import type { Numbers } from '../witness/witness';
import { type Deployment, FORMING, NAME } from './deployment';

/** What the deployment of such a case has beside the others. */
export const BACKED_UP = {
  props: { backup: { schedule: Duration.days(1), to: backups } },
  place: { existing },
  more: (chart: Chart) => s3Objects(chart),
};

/** A deployment that is restored, and the reader that it lets in. */
export type RestoreInto = (
  chart: Chart,
  name: string,
  props: Pick<RedisServerProps, 'backup' | 'restore'>,
) => void;

/** A backup taken under load starts a new deployment, which has all that was acknowledged before it. */
export async function restore(subject: Deployment, into: RestoreInto): Promise<Numbers> {
  const { run } = subject;
  await prepareStore(run);
  await subject.form();
  await subject.witness.writesAgain(30);
  const { acknowledged } = await subject.witness.progress();
  const log = await runNow(run, `${NAME}-backup`, 'upload', 240);
  const backup = /\d{8}T\d{6}Z/.exec(log)?.[0] ?? missing(`no backup is named in ${log}`);
  const { ranges, longestGapMs, gapsMs } = await subject.witness.stop();
  // Numbers are given out in order, so what was acknowledged before the backup are the first ones.
  const before = firstOf(ranges, acknowledged);

  const from = { from: backups, backup: `e2e/${run.namespace}/${NAME}/${backup}` };
  await run.deploy(run.namespace, (chart) => into(chart, 'restored', { restore: from }), { existing });
  await run.waitFor('a restored deployment', FORMING, () => expectStewardReady(run, 'restored'));
  const [found] = (await callProgram(run, run.namespace, READER, 'read', before)) as Numbers[];
  return { ...found, longestGapMs, gapsMs };
}
