import { type Chart, Size } from 'cdk8s';
import { RedisStandalone, type RedisStandaloneProps } from '../../../lib/redis';
import { deletePod } from '../faults/pods';
import type { Run } from '../harness/run';
import { addRedisWitness } from '../witness/redis/witness';
import type { Numbers } from '../witness/witness';
import { Deployment, NAME } from './deployment';

/** One server. */
class Standalone extends Deployment<RedisStandaloneProps> {
  get props(): RedisStandaloneProps {
    const small = { memory: Size.mebibytes(96), cpu: '50m', storage: Size.mebibytes(320) };
    return { ...small, ...this.options.props };
  }

  protected render(chart: Chart): void {
    addRedisWitness(chart, new RedisStandalone(chart, NAME, this.props), this.options.witness);
  }
}

/** A single server is restarted for a setting, then its pod is deleted; its log on disk has everything. */
export async function standalone(run: Run): Promise<Numbers> {
  const server = await new Standalone(run).form();
  await server.apply({ configuration: { 'tcp-backlog': 256 } });
  await server.settled();
  await deletePod(run, `${NAME}-0`);
  return server.finish();
}
