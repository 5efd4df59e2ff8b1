import { Departures } from '../harness/departures';
import { missing } from '../harness/wait';
import { callProgram, NAME as WITNESS } from '../witness/pod';
import type { Numbers } from '../witness/witness';
import { type Deployment, NAME, ROLLING, SERVERS } from './deployment';

/** The certificate is replaced: servers show the new one without a restart, Sentinels are restarted one by one. */
export async function replaceCertificate(subject: Deployment): Promise<Numbers> {
  const { run } = subject;
  const departures = await Departures.watch(run, SERVERS);
  const servers = (await subject.hosts()).map((host) => `${host}:6379`);
  const shown = async () =>
    (await callProgram(run, run.namespace, WITNESS, 'serials', ...servers)) as readonly string[];
  const before = await shown();
  await run.cluster.core.deleteNamespacedSecret({ namespace: run.namespace, name: `${NAME}-tls` });
  await run.waitFor('every server to show the new certificate', 300, async () => {
    const now = await shown();
    const late = servers.filter((_, index) => now[index] === before[index]);
    if (late.length > 0) missing(`${late} show the old one`);
  });
  const numbers = await subject.finish({ deadline: ROLLING, planned: true });
  departures.stop();
  if (departures.all.length > 0)
    return run.fail(`${departures.all.map(({ pod }) => pod)} were restarted for a certificate`);
  return numbers;
}
